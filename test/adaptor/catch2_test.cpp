// An example suite with Catch2 2.13.
#define CATCH_CONFIG_MAIN
#include <tutti/testing/catch2.hpp>

#include <chrono>
#include <optional>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
namespace lab = tutti::testing;

namespace {

tutti::task<> answer(tutti::queue<int>& questions, tutti::queue<int>& answers) {
  while (auto q = co_await questions.async_next()) co_await answers.async_put(*q * 2);
  answers.close();
}
tutti::task<> forever() { co_await tutti::sleep(tutti::duration::max()); }
tutti::task<> tick() {
  for (;;) co_await tutti::sleep(1s);
}

void add_twice(bool locked, lab::shared<int>& x) {
  tutti::mutex m;
  const auto add = [&] {
    std::optional<tutti::lock_guard<tutti::mutex>> hold;
    if (locked) hold.emplace(m);
    x = x + 1;
  };
  tutti::thread a{"a", add};
  tutti::thread b{"b", add};
}

TUTTI_TEST("a test is a coroutine", "[tutti]") {
  tutti::queue<int> questions, answers;
  auto other = tutti::spawn(answer(questions, answers));
  co_await questions.async_put(21);
  const int got = co_await answers.async_get();  // g++ 12 gets an await inside of CHECK wrong
  CHECK(got == 42);
  questions.close();
  co_await std::move(other);
}

TUTTI_TEST("time is virtual", "[tutti]") {
  const auto start = tutti::clock::now();
  co_await tutti::sleep(24h);
  CHECK(tutti::clock::now() - start == 24h);
}

TEST_CASE("a lock keeps every update", "[tutti]") {
  lab::explore({.schedules = 500}, [] {
    lab::shared<int> x = 0;
    add_twice(true, x);
    CHECK(x.peek() == 2);
  });
}

// What follows is wrong on purpose; run.py looks at what is said about it.
TUTTI_TEST("planted leak", "[planted]") {
  auto f = tutti::spawn(forever(), {.name = "straggler"});
  co_await tutti::yield();
}

TUTTI_TEST("planted hang", "[planted]") {
  tutti::event never;
  co_await never.async_wait();
}

TUTTI_TEST_WITHIN(5s, "planted late", "[planted]") { co_await tutti::gather(tick(), forever()); }

TEST_CASE("planted race", "[planted]") {
  lab::explore({.schedules = 1000}, [] {
    lab::shared<int> x = 0;
    add_twice(false, x);
    CHECK(x.peek() == 2);
  });
}

}  // namespace
