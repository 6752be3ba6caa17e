// Barriers whose rounds are cut short by time limits, cancellation, abort() and reset(), and a
// rate_limiter that gives no permit too many: by threads alone, by tasks alone, and by both.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <utility>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

/// As dear as three ordinary scenarios.
lab::options third() {
  lab::options o = budget();
  o.schedules = o.schedules / 3 + 1;
  return o;
}

/// A barrier for two, and what those who went on were told.
struct meeting {
  barrier b{2};
  int arrived_first = 0;
  int arrived_last = 0;
  bool patient_met = false;

  void note(std::size_t index) {
    lab::check(index < 2);
    ++(index == 0 ? arrived_first : arrived_last);
  }
  /// Comes again and again until it has met somebody.
  void insist() {
    while (!patient_met) {
      try {
        note(b.arrive_and_wait());
        patient_met = true;
      } catch (const broken_barrier&) {
        b.reset();
      }
    }
  }
  void try_once(duration d) {
    try {
      if (const std::optional<std::size_t> index = b.try_arrive_and_wait_for(d)) note(*index);
    } catch (const broken_barrier&) {
      b.reset();
    }
  }
  task<bool> arrive() {
    try {
      note(co_await b.async_arrive_and_wait());
      co_return true;
    } catch (const broken_barrier&) {
      b.reset();
    }
    co_return false;
  }
  /// Somebody comes as long as one waits who has nobody else to meet.
  void see_to_it() {
    while (!patient_met) try_once(1ms);
  }
  /// Nobody went on alone, and nobody is counted who has given up.
  void settle() const {
    const auto now = b.statistics();
    lab::check(arrived_first == arrived_last && now.waiting == 0);
  }
};

task<> cancelled_and_late(meeting& m, cancel_scope& scope) {
  (void)co_await gather(scope.run(m.arrive()), move_on_after(1ms, m.arrive()));
}

/// `disturb` is done by a thread while the others meet.
template <class Disturb>
void threads_meet(Disturb disturb) {
  lab::explore(third(), [&] {
    meeting m;
    {
      thread patient{"patient", [&] { m.insist(); }};
      thread hasty{"hasty", [&] { m.try_once(1ms); }};
      thread other{"other", [&] { disturb(m.b); }};
      m.see_to_it();
    }
    m.settle();
  });
}
TEST(explorer_barrier, threads_and_a_time_limit) {
  threads_meet([](barrier&) {});
}
TEST(explorer_barrier, threads_and_an_abort) {
  threads_meet([](barrier& b) { b.abort(); });
}
TEST(explorer_barrier, threads_and_a_reset) {
  threads_meet([](barrier& b) { b.reset(); });
}

task<> insist(meeting& m) {
  while (!m.patient_met) {
    const bool met = co_await m.arrive();
    m.patient_met = m.patient_met || met;
  }
}
task<> see_to_it(meeting& m) {
  while (!m.patient_met) (void)co_await move_on_after(1ms, m.arrive());
}
task<> disturb_and_cancel(meeting& m, cancel_scope& scope, void (*disturb)(barrier&)) {
  co_await yield();
  scope.cancel();
  disturb(m.b);
}

void tasks_meet(void (*disturb)(barrier&)) {
  lab::explore(third(), [disturb] {
    meeting m;
    {
      cancel_scope scope;
      event_loop one;
      event_loop two;
      auto patient = one.submit(insist(m));
      auto others = one.submit(cancelled_and_late(m, scope));
      auto disturber = two.submit(disturb_and_cancel(m, scope, disturb));
      auto last = two.submit(see_to_it(m));
      patient.get();
      others.get();
      disturber.get();
      last.get();
    }
    m.settle();
  });
}
TEST(explorer_barrier, tasks_and_a_time_limit) {
  tasks_meet([](barrier&) {});
}
TEST(explorer_barrier, tasks_and_an_abort) {
  tasks_meet([](barrier& b) { b.abort(); });
}
TEST(explorer_barrier, tasks_and_a_reset) {
  tasks_meet([](barrier& b) { b.reset(); });
}

template <class Disturb>
void both_meet(Disturb disturb) {
  lab::explore(third(), [&] {
    meeting m;
    {
      cancel_scope scope;
      thread patient{"patient", [&] { m.insist(); }};
      thread loop{"loop", [&] { run(cancelled_and_late(m, scope)); }};
      thread other{"other", [&] {
                     scope.cancel();
                     disturb(m.b);
                   }};
      m.see_to_it();
    }
    m.settle();
  });
}
TEST(explorer_barrier, both_and_a_time_limit) {
  both_meet([](barrier&) {});
}
TEST(explorer_barrier, both_and_an_abort) {
  both_meet([](barrier& b) { b.abort(); });
}
TEST(explorer_barrier, both_and_a_reset) {
  both_meet([](barrier& b) { b.reset(); });
}

TEST(explorer_barrier, a_barrier_for_three_breaks_for_all_of_a_round) {
  lab::explore(third(), [] {
    barrier b{3};
    int met = 0;
    int broken = 0;
    const auto arrive = [&] {
      try {
        (void)b.arrive_and_wait();
        ++met;
      } catch (const broken_barrier&) {
        ++broken;
      }
    };
    {
      thread one{"one", arrive};
      thread two{"two", arrive};
      thread aborter{"aborter", [&] { b.abort(); }};
      run([](barrier& of, int& went, int& not_) -> task<> {
        try {
          (void)co_await of.async_arrive_and_wait();
          ++went;
        } catch (const broken_barrier&) {
          ++not_;
        }
      }(b, met, broken));
    }
    lab::check((met == 3 && broken == 0) || (met == 0 && broken == 3));
    lab::check(b.statistics().broken);
    b.reset();
    lab::check(!b.statistics().broken);
  });
}

/// Permits at one a millisecond, and how many were taken since the start.
struct rationed {
  rate_limiter r{1000.0, 1};
  const time_point start = clock::now();
  int taken = 0;

  void acquire() {
    r.acquire();
    ++taken;
  }
  void try_for(duration d) {
    if (r.try_acquire_for(d)) ++taken;
  }
  task<> async_acquire() {
    co_await r.async_acquire();
    ++taken;
  }
  void settle(int at_least) const {
    lab::check(taken >= at_least && r.statistics().waiting == 0);
    lab::check(clock::now() - start >= (taken - 1) * 1ms);
  }
};

TEST(explorer_rate_limiter, threads_with_and_without_a_limit) {
  lab::explore(third(), [] {
    rationed r;
    {
      thread one{"one", [&] { r.acquire(); }};
      thread two{"two", [&] { r.acquire(); }};
      thread hasty{"hasty", [&] { r.try_for(1ms); }};
      r.try_for(0ms);
    }
    r.settle(2);
  });
}

task<> rationed_tasks(rationed& r, cancel_scope& scope) {
  (void)co_await gather(r.async_acquire(), scope.run(r.async_acquire()),
                        move_on_after(1ms, r.async_acquire()));
}
task<> cancels(cancel_scope& scope) {
  co_await yield();
  scope.cancel();
}

TEST(explorer_rate_limiter, tasks_cancelled_and_late) {
  lab::explore(third(), [] {
    rationed r;
    {
      cancel_scope scope;
      event_loop one;
      event_loop two;
      auto first = one.submit(rationed_tasks(r, scope));
      auto second = two.submit(cancels(scope));
      first.get();
      second.get();
    }
    r.settle(1);
  });
}

TEST(explorer_rate_limiter, threads_and_tasks) {
  lab::explore(third(), [] {
    rationed r;
    {
      cancel_scope scope;
      thread loop{"loop", [&] { run(rationed_tasks(r, scope)); }};
      thread patient{"patient", [&] { r.acquire(); }};
      thread canceller{"canceller", [&] { scope.cancel(); }};
      r.try_for(1ms);
    }
    r.settle(2);
  });
}

}  // namespace
}  // namespace tutti
