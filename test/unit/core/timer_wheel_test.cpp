#include <tutti/core/timer_wheel.hpp>

#include <algorithm>
#include <memory>
#include <vector>

#include <tutti/base/random.hpp>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using tutti::time_point;
using tutti::detail::timer;
using tutti::detail::timer_wheel;

struct named_timer : timer {
  explicit named_timer(int n) : timer([](timer&) noexcept {}), name(n) {}
  int name;
};

/// Runs the wheel as a loop does: jumps to the next deadline it names, takes what is due there.
std::vector<int> run_out(timer_wheel& wheel, time_point& now) {
  std::vector<int> fired;
  while (!wheel.empty()) {
    const time_point next = wheel.next_deadline();
    now = std::max(now, next);
    while (timer* t = wheel.pop_due(now)) {
      EXPECT_LE(t->when, now) << "fired early";
      fired.push_back(static_cast<named_timer*>(t)->name);
    }
  }
  return fired;
}

TEST(TimerWheel, FiresInOrderOfDeadlineThenOfArming) {
  time_point now(1h);
  timer_wheel wheel(now);
  named_timer a(30), b(10), c(20), d(11), e(10);
  a.when = now + 30ms;
  b.when = now + 10ms;
  c.when = now + 20ms;
  d.when = now + 10ms + 1ns;
  e.when = now + 10ms;
  for (named_timer* t : {&a, &d, &c, &b, &e}) wheel.insert(*t);
  EXPECT_EQ(run_out(wheel, now), (std::vector<int>{10, 10, 11, 20, 30}));
  EXPECT_EQ(now, time_point(1h) + 30ms) << "the last jump is exact";
}

TEST(TimerWheel, RemovedTimersDoNotFire) {
  time_point now(1h);
  timer_wheel wheel(now);
  named_timer a(1), b(2);
  a.when = now + 1s;
  b.when = now + 2s;
  wheel.insert(a);
  wheel.insert(b);
  wheel.remove(a);
  EXPECT_FALSE(a.is_linked());
  EXPECT_EQ(run_out(wheel, now), std::vector<int>{2});
  EXPECT_EQ(wheel.next_deadline(), time_point::max());
}

TEST(TimerWheel, ThePastAndTheFarFuture) {
  time_point now(1h);
  timer_wheel wheel(now);
  named_timer past(1), before_epoch(0), far(2);
  past.when = now - 1s;
  before_epoch.when = time_point(-1h);
  far.when = time_point::max() - 1ns;
  wheel.insert(far);
  wheel.insert(past);
  wheel.insert(before_epoch);
  EXPECT_LE(wheel.next_deadline(), now);
  std::vector<int> fired;
  while (timer* t = wheel.pop_due(now)) fired.push_back(static_cast<named_timer*>(t)->name);
  EXPECT_EQ(fired, (std::vector<int>{0, 1}));
  wheel.remove(far);
}

TEST(TimerWheel, AgreesWithASortedListOverRandomPrograms) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    tutti::detail::random dice(seed);
    time_point now(std::chrono::nanoseconds(dice.below(1U << 30U)));
    timer_wheel wheel(now);
    std::vector<std::unique_ptr<named_timer>> all;
    std::vector<named_timer*> model;  // by (when, order of arming)
    for (int step = 0; step < 400; ++step) {
      const auto what = dice.below(10);
      if (what < 6) {
        auto t = std::make_unique<named_timer>(step);
        t->when = now + std::chrono::nanoseconds(dice.below(std::uint64_t{1} << dice.below(40)));
        wheel.insert(*t);
        model.insert(
            std::upper_bound(model.begin(), model.end(), t.get(),
                             [](const auto* x, const auto* y) { return x->when < y->when; }),
            t.get());
        all.push_back(std::move(t));
      } else if (what < 8 && !model.empty()) {
        const auto at = model.begin() + static_cast<std::ptrdiff_t>(dice.below(model.size()));
        wheel.remove(**at);
        model.erase(at);
      } else {
        now += std::chrono::nanoseconds(dice.below(std::uint64_t{1} << dice.below(36)));
        while (timer* t = wheel.pop_due(now)) {
          ASSERT_FALSE(model.empty());
          ASSERT_EQ(static_cast<named_timer*>(t)->name, model.front()->name) << "seed " << seed;
          model.erase(model.begin());
        }
        ASSERT_TRUE(model.empty() || model.front()->when > now)
            << "one was due and did not fire, seed " << seed;
      }
      ASSERT_EQ(wheel.size(), model.size());
    }
    for (named_timer* t : model) wheel.remove(*t);
  }
}

TEST(TimerWheel, NeverNamesADeadlineAfterTheFirst) {
  tutti::detail::random dice(7);
  time_point now(1h);
  timer_wheel wheel(now);
  std::vector<std::unique_ptr<named_timer>> all;
  time_point first = time_point::max();
  for (int i = 0; i < 1000; ++i) {
    all.push_back(std::make_unique<named_timer>(i));
    all.back()->when = now + std::chrono::nanoseconds(dice.below(std::uint64_t{1} << 45U));
    wheel.insert(*all.back());
    first = std::min(first, all.back()->when);
    ASSERT_LE(wheel.next_deadline(), first);
  }
  for (auto& t : all) wheel.remove(*t);
}

}  // namespace
