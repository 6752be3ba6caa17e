// A million items through three stages while memory stays where it was: buffers are bounded.
// rows: 002-03
#include <tutti/tutti.hpp>

#include <atomic>
#include <ranges>

#include <sys/resource.h>

#include "acceptance.hpp"

std::atomic<long> under_way = 0;
std::atomic<long> most = 0;

/// A kilobyte that is counted while it lives: a thousand of them would be seen.
class block {
 public:
  explicit block(int n) : number_(n) {
    const long living = ++under_way;
    long before = most;
    while (before < living && !most.compare_exchange_weak(before, living)) {
    }
  }
  block(block&& other) noexcept : block(other.number_) {}
  block& operator=(block&& other) noexcept {
    number_ = other.number_;
    return *this;
  }
  ~block() { --under_way; }
  int number() const { return number_; }

 private:
  int number_;
  [[maybe_unused]] char ballast_[1000] = {};
};

block make(int n) { return block(n); }
tutti::task<block> pass(block b) { co_return b; }
int number_of(block b) { return b.number(); }

tutti::task<> stream_through(int count) {
  long sum = 0;
  auto add = [&sum](int n) { sum += n; };
  auto p = tutti::from(std::views::iota(0, count)) | tutti::stage("make", 2, make) |
           tutti::stage("pass", 2, pass, {.ordered = false}) | tutti::stage("read", 2, number_of) |
           tutti::into(add);
  co_await std::move(p);
  require(sum == static_cast<long>(count) * (count - 1) / 2, "every item came through once");
}

long kilobytes() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return use.ru_maxrss;
}

int main() {
  tutti::run(stream_through(1'000));
  const long before = kilobytes();
  const stopwatch clock;
  tutti::run(stream_through(1'000'000));
  std::printf("1000000 items in %.0f ms, at most %ld under way, %ld KiB more than for 1000\n",
              clock.ms(), most.load(), kilobytes() - before);
  require(under_way == 0 && most <= 200, "a bounded number was under way");
  require(kilobytes() - before < 8 * 1024, "memory did not grow with the number of items");
}
