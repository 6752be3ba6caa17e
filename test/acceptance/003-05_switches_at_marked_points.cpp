// rows: 003-05
// also under: asan tsan
// On one loop nothing switches without co_await: 1000 tasks that read, change and write lose no
// update, and lose nearly all of them once an await stands in between.
#include "acceptance.hpp"

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <vector>

namespace lab = tutti::testing;

namespace {

constexpr int tasks = 1000;

tutti::task<> add(int& x) {
  lab::assert_no_checkpoint nobody_comes_between;
  const int seen = x;
  x = seen + 1;
  co_return;
}
tutti::task<> add_with_an_await_between(int& x) {
  lab::assert_checkpoint others_come_between;
  const int seen = x;
  co_await tutti::yield();
  x = seen + 1;
}

template <class Add>
int sum(Add one) {
  int x = 0;
  const auto all = [&]() -> tutti::task<> {
    std::vector<tutti::task<>> work;
    for (int i = 0; i < tasks; ++i) work.push_back(one(x));
    co_await tutti::gather(std::move(work));
  };
  tutti::run(all());
  return x;
}

}  // namespace

int main() {
  require(sum(add) == tasks, "1000 tasks without an await count to 1000");
  require(sum(add_with_an_await_between) < tasks, "with an await updates are lost");
  return 0;
}
