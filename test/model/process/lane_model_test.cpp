// The lane between a process pool and its worker under weak memory: the very steps that both take
// on its atomics, with strands for the two processes.
#include <tutti/process/detail/lane_steps.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include <tutti/sys/parker.hpp>
#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/thread/thread.hpp>

#include "../weakened.hpp"

namespace lab = tutti::testing;
namespace sys = tutti::sys;
namespace steps = tutti::detail::lane_steps;
using tutti::detail::lane;
using tutti::model::weakened;

namespace {

lab::options all(unsigned bound) {
  return {.schedules = 300'000,
          .strategy = lab::strategy::dfs,
          .preemption_bound = bound,
          .weak_memory = true};
}
lab::options walk(std::uint64_t schedules) {
  return {.schedules = schedules, .steps_max = 5'000, .weak_memory = true};
}

/// The kernel's: compares with the newest value and falls asleep in one step; a wake that comes
/// before that is nobody's.
class futex {
 public:
  void wait(const sys::atomic<std::uint32_t>& word, std::uint32_t expected) {
    if (*word.address() != expected) return;
    sleeps_ = true;
    bed_.park();
  }
  void wake() {
    if (std::exchange(sleeps_, false)) bed_.unpark();
  }

 private:
  bool sleeps_ = false;
  sys::parker bed_;
};

/// One call and its answer through a lane whose two ends sleep whenever they may.
class rig {
 public:
  void host_posts() {
    arguments = 7;
    steps::post(at->calls[0]);
    if (steps::must_wake(*at)) worker_bed_.wake();
  }
  void worker_serves() {
    while (!steps::begin(at->calls[0])) {
      if (steps::may_sleep(*at, at->calls[0])) worker_bed_.wait(at->worker_sleeps, 1);
      at->worker_sleeps.store(0, sys::relaxed);
      if (at->quit.load(sys::seq_cst) != 0) return;  // pairs: lane.quit
    }
    lab::check(arguments == 7, "what the host wrote before it posted");
    result = 8;
    if (steps::answer(*at, at->answers[0], 1)) bell_.unpark();
  }
  void host_waits() {
    while (!steps::is_answered(at->answers[0], 1)) {
      if (steps::may_sleep(*at, at->answers[0], 1)) bell_.park();
    }
    lab::check(result == 8, "what the worker wrote before it answered");
  }
  void host_dismisses() {
    at->quit.store(1, sys::seq_cst);  // pairs: lane.quit
    if (steps::must_wake(*at)) worker_bed_.wake();
  }

  std::unique_ptr<lane> at = std::make_unique<lane>();
  lab::shared<int> arguments = 0, result = 0;

 private:
  futex worker_bed_;
  sys::parker bell_;
};

void a_call_and_its_answer() {
  rig r;
  tutti::thread worker{"worker", [&] { r.worker_serves(); }};
  r.host_posts();
  r.host_waits();
}

TEST(LaneModel, ACallAndItsAnswerArriveWholeAndWakeWhoSleeps) {
  lab::explore(walk(30'000), a_call_and_its_answer);
  EXPECT_TRUE(lab::explore(all(1), a_call_and_its_answer).complete);
}

/// What one call and its answer come to when the lane's atomics are ordered less.
std::string weaker(weakened::how how) {
  try {
    lab::explore(walk(30'000), [how] {
      rig r;
      weakened w{*r.at, how};
      tutti::thread worker{"worker", [&] { r.worker_serves(); }};
      r.host_posts();
      r.host_waits();
      worker.join();
    });
  } catch (const lab::failure& f) {
    return f.what();
  }
  return "passed";
}

TEST(LaneModel, TheWakesNeedTheirConsistentOrder) {
  const std::string text = weaker(weakened::how::consistent_is_acq_rel);
  EXPECT_TRUE(text.starts_with("deadlock")) << text;
}

TEST(LaneModel, TheArgumentsNeedReleaseAndAcquire) {
  const std::string text = weaker(weakened::how::everything_is_relaxed);
  EXPECT_FALSE(text.starts_with("passed")) << text;
}

TEST(LaneModel, AWorkerThatIsDismissedLeaves) {
  const auto scenario = [] {
    rig r;
    tutti::thread worker{"worker", [&] { r.worker_serves(); }};
    r.host_dismisses();
  };
  lab::explore(walk(20'000), scenario);
  EXPECT_TRUE(lab::explore(all(2), scenario).complete);
}

TEST(LaneModel, ACallIsTakenBackOrBegunNeverBoth) {
  const auto scenario = [] {
    rig r;
    bool begun = false;
    r.host_posts();
    tutti::thread worker{"worker", [&] { begun = steps::begin(r.at->calls[0]); }};
    const bool taken_back = steps::take_back(r.at->calls[0]);
    worker.join();
    lab::check(begun != taken_back);
  };
  EXPECT_TRUE(lab::explore(all(3), scenario).complete);
}

}  // namespace
