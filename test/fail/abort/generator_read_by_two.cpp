// A generator is part of the task that awaits it: a second reader at the same time is an error.
// expect: next() of an async_generator was awaited twice at once
#include <chrono>

#include <tutti/tutti.hpp>

tutti::async_generator<int> slow_numbers() {
  co_await tutti::sleep(std::chrono::hours(1));
  co_yield 1;
}
tutti::task<> reads(tutti::async_generator<int>& from) { co_await from.next(); }
tutti::task<> both() {
  auto numbers = slow_numbers();
  co_await tutti::gather(reads(numbers), reads(numbers));
}

int main() { tutti::run(both()); }
