#include <tutti/testing/fault.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include <tutti/sys/thread.hpp>
#include <tutti/sys/wall_clock.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/testing/explore.hpp>
#include <tutti/testing/network.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

TEST(fault, delivers_each_number_once_and_in_order) {
  const lab::fault f{"some.call", EINTR, ECONNRESET};
  EXPECT_EQ(sys::injected_fault("another.call"), 0);
  EXPECT_EQ(sys::injected_fault("some.call"), EINTR);
  EXPECT_EQ(f.left(), 1U);
  EXPECT_EQ(sys::injected_fault("some.call"), ECONNRESET);
  EXPECT_EQ(sys::injected_fault("some.call"), 0);
}

TEST(fault, is_taken_back_with_its_block) {
  {
    const lab::fault f{"some.call", EIO};
  }
  EXPECT_EQ(sys::injected_fault("some.call"), 0);
}

TEST(fault, reaches_real_system_calls) {
  const lab::fault f{"thread.start", EAGAIN};
  EXPECT_THROW(sys::thread("x", [] {}), std::system_error);
  sys::thread works("y", [] {});
}

TEST(fault, reaches_simulations_by_chance) {
  const auto unlucky = [] {
    try {
      sys::thread t("x", [] {});
    } catch (const std::system_error&) {
      lab::check(false, "met");
    }
  };
  EXPECT_THROW(lab::explore({.schedules = 200, .faults = {{"thread.start", 0.1, EAGAIN}}}, unlucky),
               lab::failure);
  lab::explore({.schedules = 200, .faults = {{"thread.start", 0.0, EAGAIN}}}, unlucky);
}

/// Opaque, since compilers may leave out a `new` whose `delete` they see.
[[gnu::noinline]] std::vector<int> many() { return std::vector<int>(100, 1); }

TEST(fault, every_allocation_of_a_scenario_may_fail) {
  if (!lab::allocations_can_fail()) GTEST_SKIP() << "a sanitizer brings its own operator new";
  int met = 0;
  const std::uint64_t calls = lab::fail_each("memory", ENOMEM, [&] {
    try {
      const std::vector<int> one = many();
      const std::vector<int> two = many();
      lab::check(one == two);
    } catch (const std::bad_alloc&) {
      ++met;
    }
  });
  EXPECT_EQ(calls, 2U);
  EXPECT_EQ(met, 2);
}

TEST(fault, one_allocation_fails_in_a_real_run) {
  if (!lab::allocations_can_fail()) GTEST_SKIP() << "a sanitizer brings its own operator new";
  const lab::fault f{"memory", ENOMEM};
  bool failed = false;
  try {
    (void)many();
  } catch (const std::bad_alloc&) {
    failed = true;
  }
  EXPECT_TRUE(failed);
  EXPECT_EQ(f.left(), 0U);
  EXPECT_EQ(many().size(), 100U);
}

TEST(fault, what_the_laboratory_allocates_for_its_lanes_is_not_counted) {
  if (!lab::allocations_can_fail()) GTEST_SKIP() << "a sanitizer brings its own operator new";
  const auto scenario = [] {
    lab::shared<int> x = 0;
    sys::thread other("other", [&] { x = 1; });
    try {
      x = many().front();
    } catch (const std::bad_alloc&) {
      lab::check(false, "met");
    }
  };
  try {
    lab::explore({.schedules = 500, .faults = {{"memory", 0.05, ENOMEM}}}, [&] {
      try {
        scenario();
      } catch (const std::bad_alloc&) {  // the thread's
      }
    });
    FAIL() << "not found";
  } catch (const lab::failure& f) {
    EXPECT_NE(std::string_view(f.what()).find("=> check failed"), std::string_view::npos)
        << f.what();
  }
}

task<int> leaf(int x) {
  co_await yield();
  co_return x;
}
task<int> branches() {
  auto [a, b] = co_await gather(leaf(1), leaf(2));
  auto f = spawn(leaf(3));
  const int c = co_await std::move(f);
  co_return a + b + c;
}

TEST(fault, every_frame_of_a_gather_and_a_spawn_may_fail) {
  int failed = 0;
  const auto scenario = [&] {
    bool is_out_of_memory = false;
    int got = 0;
    try {
      got = run(branches());
    } catch (const std::bad_alloc&) {
      is_out_of_memory = true;
    } catch (const exception_group&) {
      is_out_of_memory = true;
    }
    failed += is_out_of_memory;
    lab::check(is_out_of_memory || got == 6);
    lab::check(run(branches()) == 6, "and again, with memory");
  };
  // The second time is one of the calls, too.
  const auto tolerant = [&] {
    try {
      scenario();
    } catch (const std::bad_alloc&) {
    } catch (const exception_group&) {
    }
  };
  const std::uint64_t calls = lab::fail_each("core.frame", ENOMEM, tolerant);
  EXPECT_GE(calls, 10U);
  EXPECT_GE(failed, 5);
}

TEST(fault, a_call_that_must_not_fail_is_named) {
  try {
    lab::fail_each("thread.start", EAGAIN, [] {
      sys::thread one("one", [] {});
      one.join();
      sys::thread two("two", [] {});
      two.join();
    });
    FAIL() << "passed";
  } catch (const lab::failure& f) {
    EXPECT_TRUE(std::string_view(f.what()).starts_with("when call 1 of thread.start failed"))
        << f.what();
  }
}

TEST(fault, every_known_one_has_a_site_and_a_number) {
  for (const lab::known_fault& f : lab::known_faults()) {
    EXPECT_TRUE(f.site == "memory" || f.site.find('.') != std::string_view::npos);
    EXPECT_NE(f.number, 0);
  }
}

task<> echo_line() {
  net::tcp_listener door = net::listen({"server", 7});
  net::tcp_stream guest = co_await door.accept();
  const auto line = co_await guest.read_line();
  co_await guest.write(line.value_or("") + "\n");
}
task<std::string> ask_line() {
  net::tcp_stream s = co_await net::connect("server", 7);
  co_await s.write("hello\n");
  co_return (co_await s.read_line()).value_or("");
}
/// Right, or an error that says so; never a wrong answer, a hang or a leak.
void one_question() {
  const auto main = []() -> task<std::string> {
    lab::network net;
    std::string got;
    const auto body = [&](task_group& g) -> task<> {
      g.spawn(net.on("server", echo_line()));
      co_await yield();
      got = co_await net.on("client", ask_line());
      g.cancel();
    };
    co_await with_task_group(body);
    co_return got;
  };
  std::string got = "hello";
  try {
    got = run(main());
  } catch (const error&) {
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
  lab::check(got == "hello" || got.empty());
}

TEST(fault, a_swarm_of_all_known_faults_ends_in_an_answer_or_an_error) {
  lab::explore({.schedules = 2'000, .steps_max = 20'000, .swarm = true}, one_question);
}

TEST(fault, the_wall_clock_jumps_and_deadlines_stay) {
  lab::run_virtual([]() -> task<> {
    const duration wall = sys::wall_now();
    const time_point start = clock::now();
    lab::set_wall_clock(24h);
    EXPECT_EQ(sys::wall_now() - wall, 24h);
    lab::set_wall_clock(-25h);
    co_await sleep(1s);
    EXPECT_EQ(clock::now() - start, 1s);
    EXPECT_EQ(sys::wall_now() - wall, 1s - 1h);
  }());
  EXPECT_THROW(lab::set_wall_clock(1s), error);
}

}  // namespace
}  // namespace tutti
