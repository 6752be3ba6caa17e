#include <tutti/pattern/retry.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/testing/run_virtual.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

/// Fails until it has been called so many times.
struct stubborn {
  int fails;
  std::vector<time_point> calls = {};
  task<int> operator()(int x) {
    calls.push_back(clock::now());
    co_await yield();
    if (static_cast<int>(calls.size()) <= fails) throw std::runtime_error("again");
    co_return x;
  }
};

static_assert(std::is_same_v<decltype(retry({}, std::declval<task<std::string> (&)(int)>(), 1)),
                             task<std::string>>);
static_assert(std::is_same_v<decltype(retry({}, std::declval<void (&)()>())), task<void>>);

task<> succeeds_at_last() {
  stubborn s{.fails = 2};
  EXPECT_EQ(co_await retry({.attempts = 3, .backoff = 1s}, std::ref(s), 7), 7);
  EXPECT_EQ(s.calls.size(), 3U);
  EXPECT_LE(s.calls[1] - s.calls[0], 1s);
  EXPECT_LE(s.calls[2] - s.calls[1], 2s);
}
TEST(Retry, GivesTheFirstSuccess) { lab::run_virtual(succeeds_at_last()); }

task<> gives_up() {
  stubborn s{.fails = 9};
  bool threw = false;
  try {
    (void)co_await retry({.attempts = 4, .backoff = 1ms}, std::ref(s), 7);
  } catch (const std::runtime_error& e) {
    threw = std::string(e.what()) == "again";
  }
  EXPECT_TRUE(threw);
  EXPECT_EQ(s.calls.size(), 4U);
}
TEST(Retry, ThrowsTheLastErrorAsItIs) { lab::run_virtual(gives_up()); }

task<> other_errors_pass() {
  stubborn s{.fails = 9};
  constexpr auto these = on_error<std::system_error, std::logic_error>;
  bool threw = false;
  try {
    (void)co_await retry({.attempts = 4, .when = these}, std::ref(s), 7);
  } catch (const std::runtime_error&) {
    threw = true;
  }
  EXPECT_TRUE(threw);
  EXPECT_EQ(s.calls.size(), 1U);
}
TEST(Retry, RepeatsOnlyForTheErrorsNamed) { lab::run_virtual(other_errors_pass()); }

task<std::vector<duration>> pauses(unsigned attempts) {
  stubborn s{.fails = 1000};
  try {
    (void)co_await retry({.attempts = attempts, .backoff = 1s, .backoff_max = 8s}, std::ref(s), 0);
  } catch (const std::runtime_error&) {
  }
  std::vector<duration> out;
  for (std::size_t i = 1; i < s.calls.size(); ++i) out.push_back(s.calls[i] - s.calls[i - 1]);
  co_return out;
}
TEST(Retry, PausesAreAnythingUpToADoublingBound) {
  const std::vector<duration> seen = lab::run_virtual(pauses(200));
  ASSERT_EQ(seen.size(), 199U);
  EXPECT_LE(seen[0], 1s);
  EXPECT_LE(seen[1], 2s);
  EXPECT_LE(seen[2], 4s);
  duration sum{};
  std::size_t short_ones = 0;
  for (std::size_t i = 3; i < seen.size(); ++i) {
    EXPECT_LE(seen[i], 8s);
    sum += seen[i];
    if (seen[i] < 2s) ++short_ones;
  }
  // Evenly spread over 8 s: a quarter below 2 s, 4 s on average. The seed is fixed.
  EXPECT_GT(short_ones, 196U / 8);
  EXPECT_LT(short_ones, 196U / 2);
  EXPECT_GT(sum, 196 * 3s);
  EXPECT_LT(sum, 196 * 5s);
}

task<> within_a_time() {
  stubborn s{.fails = 1000};
  const time_point start = clock::now();
  try {
    (void)co_await retry({.attempts = 1000, .backoff = 1s, .within = 20s}, std::ref(s), 0);
  } catch (const std::runtime_error&) {
  }
  EXPECT_LE(clock::now() - start, 20s);
  EXPECT_GT(s.calls.size(), 2U);
}
TEST(Retry, BeginsNoCallAfterItsTime) { lab::run_virtual(within_a_time()); }

task<> shared_budget() {
  retry_budget budget{0.5, 3};
  std::size_t calls = 0;
  for (int i = 0; i < 10; ++i) {
    stubborn s{.fails = 1000};
    try {
      (void)co_await retry({.attempts = 5, .backoff = 1ms, .budget = &budget}, std::ref(s), 0);
    } catch (const std::runtime_error&) {
    }
    calls += s.calls.size();
  }
  // Ten first calls; three repetitions saved up, then one for every two calls.
  EXPECT_EQ(calls, 10U + 3U + 4U);
}
TEST(Retry, ABudgetBoundsRepetition) { lab::run_virtual(shared_budget()); }

task<> cancelled_in_a_pause() {
  stubborn s{.fails = 1000};
  const time_point start = clock::now();
  EXPECT_FALSE(
      (co_await move_on_after(
           10s, retry({.attempts = 1000, .backoff = 1h, .backoff_max = 1h}, std::ref(s), 0)))
          .has_value());
  EXPECT_EQ(clock::now() - start, 10s);
}
TEST(Retry, CancellingEndsAPause) { lab::run_virtual(cancelled_in_a_pause()); }

task<> plain_callables() {
  int calls = 0;
  auto flaky = [&calls](const std::string& text) {
    if (++calls < 3) throw std::runtime_error("again");
    return text.size();
  };
  EXPECT_EQ(co_await retry({.backoff = 1ms}, flaky, std::string("four")), 4U);
  EXPECT_EQ(calls, 3);
  int also = 0;
  auto nothing = [&also] {
    if (++also < 2) throw 1;
  };
  co_await retry({.backoff = 0s}, nothing);
  EXPECT_EQ(also, 2);
}
TEST(Retry, TakesPlainCallablesToo) { lab::run_virtual(plain_callables()); }

task<> futures() {
  event_loop loop;
  int calls = 0;
  auto submit = [&] {
    return loop.submit([&calls] {
      if (++calls < 3) throw std::runtime_error("again");
      return calls;
    });
  };
  EXPECT_EQ(co_await retry({.backoff = 1ms}, submit), 3);
}
TEST(Retry, AwaitsWhatTheCallReturns) { run(futures()); }

TEST(Retry, RefusesNoAttempts) {
  stubborn s{.fails = 0};
  EXPECT_THROW(run(retry({.attempts = 0}, std::ref(s), 1)), std::invalid_argument);
}

}  // namespace
}  // namespace tutti
