// Thread pool, event loop, to_thread and streams: everything submitted ends once, whoever submits,
// cancels or shuts down meanwhile.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
namespace lab = tutti::testing;

template <class Executor>
void submit_from_two_threads(Executor& on) {
  lab::exactly_once each;
  const auto submit = [&](std::uint64_t id) {
    each.submitted(id);
    auto done = on.submit([&each, id] {
      each.ended(id);
      return id;
    });
    lab::check(done.get() == id);
  };
  {
    thread a{"a", [&] { submit(1); }};
    thread b{"b", [&] { submit(2); }};
  }
  each.settle();
}

TEST(explorer_executors, a_pool_runs_what_two_threads_submit) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    submit_from_two_threads(pool);
  });
}

TEST(explorer_executors, a_loop_runs_what_two_threads_submit) {
  lab::explore(budget(), [] {
    event_loop loop;
    submit_from_two_threads(loop);
  });
}

TEST(explorer_executors, work_cancelled_or_shut_out_ends_once) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 1}};
    bool ran = false;
    auto work = pool.submit([&] { ran = true; });
    bool cancelled_it = false;
    {
      thread canceller{"canceller", [&] { cancelled_it = work.cancel(); }};
      thread closer{"closer", [&] { pool.shutdown(); }};
    }
    bool gave = true;
    try {
      work.get();
    } catch (const cancelled&) {
      gave = false;
    } catch (const future_cancelled&) {
      gave = false;
    }
    lab::check(gave == ran);
    lab::check(!(cancelled_it && gave));
  });
}

TEST(explorer_executors, forks_on_a_pool_join_with_their_values) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    const auto leaf = [](int x) -> task<int> { co_return x; };
    const auto fork = [&]() -> task<int> {
      auto [a, b] = co_await gather(leaf(1), leaf(2));
      co_return a + b;
    };
    lab::check(pool.submit(fork()).get() == 3);
  });
}

TEST(explorer_executors, to_thread_gives_its_value_or_lets_go) {
  lab::explore(budget(), [] {
    cancel_scope scope;
    thread canceller{"canceller", [&] { scope.cancel(); }};
    const auto call = [] { return 5; };
    const auto main = [&]() -> task<bool> {
      const auto got = co_await scope.run(to_thread(call));
      co_return !got || *got == 5;
    };
    lab::check(run(main()));
  });
}

TEST(explorer_executors, a_stream_of_results_keeps_the_order) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    int next = 1;
    for (int x : pool.imap([](int n) { return n; }, std::vector<int>{1, 2, 3})) {
      lab::check(x == next++);
    }
    lab::check(next == 4);
  });
}

TEST(explorer_executors, bytes_of_a_narrow_stream_arrive_in_order) {
  lab::explore(budget(), [] {
    const auto main = []() -> task<std::string> {
      auto [a, b] = lab::memory_stream_pair(1);
      const auto send = [](net::byte_stream& to) -> task<void> {
        co_await to.write("abc");
        co_await to.shutdown_write();
      };
      auto [nothing, got] = co_await gather(send(a), b.read_all());
      co_return got;
    };
    thread other{"other", [] { lab::yield_point(); }};
    lab::check(run(main()) == "abc");
  });
}

}  // namespace
}  // namespace tutti
