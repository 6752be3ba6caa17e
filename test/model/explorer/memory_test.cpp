// Too little memory: every single allocation of a scenario fails once. All of it is done, or an
// error says so; nobody hangs, nothing is left over, and with enough memory it works again.
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <new>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

/// True: `scenario` was told that there is no memory.
template <class Scenario>
bool lacks_memory(Scenario& scenario) {
  try {
    scenario();
    return false;
  } catch (const std::bad_alloc&) {
  } catch (const std::system_error& e) {
    lab::check(e.code().value() == ENOMEM);
  } catch (const exception_group&) {
  }
  return true;
}

template <class Scenario>
void bears_it(Scenario scenario) {
  if (!lab::allocations_can_fail()) GTEST_SKIP() << "a sanitizer brings its own operator new";
  std::uint64_t told = 0;
  const std::uint64_t calls = lab::fail_each("memory", ENOMEM, [&] {
    if (!lacks_memory(scenario)) return;
    ++told;
    lab::check(!lacks_memory(scenario), "only one allocation failed");
  });
  EXPECT_GE(told, 1U);
  EXPECT_LE(told, calls);
}

TEST(explorer_memory, locks_and_queues_of_threads) {
  bears_it([] {
    mutex m;
    condition changed;
    queue<std::string> q{1};
    semaphore s{1};
    barrier meet{2};
    {
      thread other{"other", [&] {
                     try {
                       q.put(std::string(100, 'x'));
                       q.put(std::string(100, 'y'));
                     } catch (const std::bad_alloc&) {
                     }
                     q.close();
                     const permit hold{s};
                     (void)meet.arrive_and_wait();
                     lock_guard guard{m};
                     changed.notify_all();
                   }};
      while (auto text = q.next()) lab::check(text->size() == 100);
      (void)meet.arrive_and_wait();
      s.acquire();
      s.release();
      lock_guard guard{m};
      (void)changed.try_wait_for(guard, 1s);
    }
  });
}

task<int> leaf(int x) {
  co_await sleep(1ms);
  co_return x;
}

TEST(explorer_memory, gathering) {
  bears_it([] {
    const auto main = []() -> task<int> {
      auto [a, b] = co_await gather(leaf(1), leaf(2));
      co_return a + b;
    };
    lab::check(run(main()) == 3);
  });
}

TEST(explorer_memory, groups_and_spawned_tasks) {
  bears_it([] {
    int sum = 0;
    const auto child = [&](int x) -> task<> { sum += co_await leaf(x); };
    const auto body = [&](task_group& g) -> task<> {
      g.spawn(child(1));
      g.spawn(child(2));
      auto f = spawn(leaf(3));
      sum += co_await std::move(f);
    };
    run(with_task_group(body));
    lab::check(sum == 6);
  });
}

TEST(explorer_memory, races_and_time_limits) {
  bears_it([] {
    const auto late = []() -> task<int> {
      co_await sleep(1h);
      co_return 0;
    };
    const auto main = [&]() -> task<> {
      const auto first = co_await race(leaf(1), late());
      lab::check(first.index() == 0);
      const auto nothing = co_await move_on_after(5ms, late());
      lab::check(!nothing.has_value());
    };
    run(main());
  });
}

TEST(explorer_memory, pools_and_futures) {
  bears_it([] {
    thread_pool pool{{.threads = 2}};
    auto a = pool.submit([] { return 1; });
    auto b = pool.submit(leaf(2));
    lab::check(a.get() + b.get() == 3);
    const std::vector<int> all = pool.map([](int x) { return 2 * x; }, std::vector{1, 2, 3}).get();
    lab::check(all == std::vector{2, 4, 6});
  });
}

TEST(explorer_memory, forks) {
  bears_it([] {
    thread_pool pool{{.threads = 2}};
    int a = 0, b = 0;
    parallel_invoke(pool, [&] { a = 1; }, [&] { b = 2; });
    lab::check(a + b == 3);
    const std::vector<int> ones(100, 1);
    lab::check(parallel_reduce(pool, ones, 0, [](int x, int y) { return x + y; }) == 100);
  });
}

TEST(explorer_memory, tasks_that_wait_at_every_primitive) {
  bears_it([] {
    const auto main = []() -> task<> {
      mutex m;
      queue<int> q{1};
      event go;
      semaphore s{1};
      const auto other = [&]() -> task<> {
        co_await go.async_wait();
        auto hold = co_await m.async_lock();
        auto one = co_await s.async_acquire();
        co_await q.async_put(1);
        co_await q.async_put(2);
      };
      const auto self = [&]() -> task<int> {
        auto hold = co_await m.async_lock();
        go.set();
        co_await yield();
        hold.unlock();
        const int a = co_await q.async_get();
        const int b = co_await q.async_get();
        co_return a + b;
      };
      auto [sum, nothing] = co_await gather(self(), other());
      lab::check(sum == 3);
    };
    run(main());
  });
}

TEST(explorer_memory, streams) {
  bears_it([] {
    const auto main = []() -> task<std::string> {
      auto [a, b] = lab::memory_stream_pair(4);
      const auto send = [](net::byte_stream& to) -> task<> {
        co_await to.write("some text that is longer than a few words");
        co_await to.shutdown_write();
      };
      auto [nothing, got] = co_await gather(send(a), b.read_all());
      co_return got;
    };
    lab::check(run(main()) == "some text that is longer than a few words");
  });
}

TEST(explorer_memory, calls_from_a_loop_into_threads) {
  bears_it([] {
    const auto call = [] { return std::string(100, 'x'); };
    const auto main = [&]() -> task<std::size_t> {
      const std::string text = co_await to_thread(call);
      co_return text.size();
    };
    lab::check(run(main()) == 100);
  });
}

/// Each seed draws which allocation fails, and when strands change besides.
TEST(explorer_memory, a_swarm_takes_the_same_way_twice) {
  lab::options how{.schedules = 3'000, .steps_max = 20'000};
  how.faults = {{"memory", 0, ENOMEM}};
  how.swarm = true;
  how.checked_again = 1;
  bool lacked = false;
  const auto scenario = [] {
    thread_pool pool{{.threads = 2}};
    auto a = pool.submit([] { return 1; });
    lab::check(a.get() + run(leaf(2)) == 3);
  };
  lab::explore(std::move(how), [&] { lacked |= lacks_memory(scenario); });
  EXPECT_EQ(lacked, lab::allocations_can_fail());
}

}  // namespace
}  // namespace tutti
