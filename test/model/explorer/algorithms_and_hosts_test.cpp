// The parallel algorithms that explorer_patterns leaves out, processes, the calendar, and servers
// and clients of a simulated network.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <tutti/process/process.hpp>
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "budget.hpp"

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

int twice(int x) {
  lab::yield_point();
  return 2 * x;
}

TEST(explorer_parallel, a_map_keeps_the_order) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    lab::check(parallel_map(pool, std::vector<int>{1, 2, 3}, twice) == std::vector<int>{2, 4, 6});
  });
}

TEST(explorer_parallel, both_sides_of_an_invoke_are_done_when_it_returns) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    const auto [a, b] = parallel_invoke(pool, [] { return twice(1); }, [] { return twice(2); });
    lab::check(a == 2 && b == 4);
  });
}

TEST(explorer_parallel, pieces_are_sorted_before_they_are_merged) {
  constexpr int many = 2048;  // fewer are sorted by one thread
  std::vector<int> falling;
  for (int i = many; i > 0; --i) falling.push_back(i);
  lab::explore(budget(), [&] {
    thread_pool pool{{.threads = 2}};
    std::vector<int> all = falling;
    parallel_sort(pool, all);
    lab::check(std::is_sorted(all.begin(), all.end()));
  });
}

TEST(explorer_parallel, a_cancelled_loop_stops_and_leaves_nobody) {
  lab::explore(budget(), [] {
    thread_pool pool{{.threads = 2}};
    cancel_scope scope;
    thread canceller{"canceller", [&] { scope.cancel(); }};
    std::vector<int> all{1, 2, 3};
    const auto visit = [](int& x) { x = twice(x); };
    const auto main = [&]() -> task<> { co_await scope.run(async_parallel_for(pool, all, visit)); };
    run(main());
    for (int i = 0; i < 3; ++i) {
      const int x = all[static_cast<std::size_t>(i)];
      lab::check(x == i + 1 || x == 2 * (i + 1));
    }
  });
}

void works() {
  event never;
  never.try_wait_for(1ms);
}

TEST(explorer_nodes, a_process_is_joined_by_a_thread_and_another_terminated) {
  lab::explore(budget(), [] {
    process ends{"ends", works};
    process stays{"stays", [] {
                    event never;
                    never.wait();
                  }};
    thread ender{"ender", [&] { stays.terminate(); }};
    lab::check(ends.join().ok());
    lab::check(!stays.join().ok());
  });
}

TEST(explorer_nodes, the_calendar_stops_at_once) {
  lab::explore(budget(), [] {
    cron minutes{"* * * * *"};
    thread stopper{"stopper", [&] { minutes.stop(); }};
    const auto main = [&]() -> task<bool> {
      const time_point start = clock::now();
      const bool came = co_await minutes.tick();
      co_return !came || clock::now() > start;
    };
    lab::check(run(main()));
  });
}

task<> echo(net::tcp_stream s) {
  auto line = co_await s.read_line();
  if (line) co_await s.write(*line + "\n");
}

TEST(explorer_hosts, a_server_answers_each_client_whatever_the_link) {
  lab::explore(budget(), [] {
    lab::network net;
    net.set_link("client", "server", {.delay = 5ms, .loss = 0.1, .short_transfers = true});
    thread other{"other", [] { lab::yield_point(); }};
    const auto ask = [](std::string text) -> task<> {
      auto s = co_await net::connect("server", 80);
      co_await s.write(text + "\n");
      auto answer = co_await s.read_line();
      lab::check(answer == text);
    };
    const auto both = [&]() -> task<> { co_await gather(ask("a"), ask("b")); };
    const auto main = [&]() -> task<> {
      const auto serve = []() -> task<> {
        co_await net::serve(net::listen({"server", 80}), echo, {.max_connections = 1});
      };
      co_await race(net.on("server", serve()), net.on("client", both()));
    };
    run(main());
  });
}

TEST(explorer_hosts, a_datagram_arrives_whole_or_not_at_all) {
  lab::explore(budget(), [] {
    lab::network net;
    net.set_link("a", "b", {.loss = 0.3, .jitter = 2ms, .duplicate = 0.3});
    const auto hear = []() -> task<> {
      auto s = net::udp_socket::bind({"b", 9});
      std::array<std::byte, 8> buffer{};
      for (;;) {
        auto [n, from] = co_await s.receive_from(buffer);
        lab::check(n == 3);
      }
    };
    const auto say = []() -> task<> {
      auto s = net::udp_socket::bind({"a", 9});
      for (int i = 0; i < 3; ++i) co_await s.send_to("abc", {"b", 9});
      co_await sleep(1s);
    };
    thread other{"other", [] { lab::yield_point(); }};
    const auto main = [&]() -> task<> { co_await race(net.on("b", hear()), net.on("a", say())); };
    run(main());
  });
}

}  // namespace
}  // namespace tutti
