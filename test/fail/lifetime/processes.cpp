#include <optional>
#include <vector>

#include <tutti/tutti.hpp>

namespace {

int half(int x) { return x / 2; }

[[maybe_unused]] tutti::task<int> sum_of_halves(tutti::process_pool& pool,
                                                tutti::process_queue<int>& more) {
  auto halves = pool.imap(half, std::vector<int>{2, 4});
  int sum = 0;
  while (const std::optional<int> x = co_await halves.async_next()) sum += *x;
  while (const std::optional<int> x = co_await more.async_next()) sum += *x;
  co_await more.async_put(sum);
  co_return sum + co_await more.async_get();
}

}  // namespace
