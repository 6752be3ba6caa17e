#include <tutti/testing/network.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include <tutti/async/tcp.hpp>
#include <tutti/base/clock.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/testing/gtest.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

task<> echo_once() {
  net::tcp_listener door = net::listen({"server", 7});
  net::tcp_stream guest = co_await door.accept();
  while (auto line = co_await guest.read_line()) {
    const std::string answer = *line + "\n";
    co_await guest.write(answer);
  }
}
task<duration> asks() {
  net::tcp_stream s = co_await net::connect("server", 7);
  const time_point start = clock::now();
  co_await s.write("hello\n");
  const auto line = co_await s.read_line();
  EXPECT_EQ(line.value_or(""), "hello");
  const duration took = clock::now() - start;
  s.close();
  co_return took;
}
task<duration> talk(lab::network& net) {
  auto [nothing, took] = co_await gather(net.on("server", echo_once()), net.on("client", asks()));
  (void)nothing;
  co_return took;
}

task<duration> over_a_slow_link() {
  lab::network net;
  net.set_link("client", "server", {.delay = 10ms});
  co_return co_await talk(net);
}

TEST(network, a_round_trip_takes_two_delays) {
  EXPECT_EQ(lab::run_virtual(over_a_slow_link()), 20ms);
}

task<duration> over_a_bad_link() {
  lab::network net;
  net.set_link("client", "server", {.delay = 1ms, .loss = 0.9, .reorder = 0.5});
  co_return co_await talk(net);
}

TEST(network, loss_only_delays_a_stream) {
  const duration once = lab::run_virtual(over_a_bad_link());
  EXPECT_GE(once, 2ms);
  EXPECT_EQ(once, lab::run_virtual(over_a_bad_link())) << "the same seed, the same weather";
}

task<> heals_later(lab::network& net) {
  co_await sleep(1h);
  net.heal();
}
task<duration> partitioned() {
  lab::network net;
  net.partition("client", "server");
  const time_point start = clock::now();
  co_await gather(net.on("server", echo_once()), net.on("client", asks()), heals_later(net));
  co_return clock::now() - start;
}

TEST(network, a_partition_lasts_until_it_heals) { EXPECT_GE(lab::run_virtual(partitioned()), 1h); }

task<bool> gives_up() {
  lab::network net;
  net.partition("client", "server");
  try {
    co_await timeout(5s, net.on("client", net::connect("server", 7)));
  } catch (const timeout_error&) {
    co_return true;
  }
  co_return false;
}

TEST(network, connecting_over_a_partition_can_time_out) {
  EXPECT_TRUE(lab::run_virtual(gives_up()));
}

task<> nobody_listens() {
  lab::network net;
  (void)co_await net::connect("server", 7);
}

TEST(network, refuses_where_nobody_listens) {
  EXPECT_THROW(lab::run_virtual(nobody_listens()), std::system_error);
}

task<> send_all(net::tcp_listener& door, std::string text) {
  auto to = co_await door.accept();
  co_await to.write(text);
  co_await to.shutdown_write();
}

TUTTI_TEST(network, bandwidth_takes_its_time) {
  lab::network net;
  net.set_link("client", "server", {.bandwidth = 1000});
  auto serve = [&]() -> task<> {
    auto door = net::listen({"server", 80});
    co_await send_all(door, std::string(5000, 'x'));
  };
  auto ask = [&]() -> task<> {
    co_await yield();
    auto s = co_await net::connect("server", 80);
    const time_point start = clock::now();
    const std::string got = co_await s.read_all();
    EXPECT_EQ(got.size(), 5000U);
    EXPECT_GE(clock::now() - start, 5s);
  };
  co_await gather(net.on("server", serve()), net.on("client", ask()));
}

TUTTI_TEST(network, short_transfers_lose_nothing) {
  lab::network net;
  net.set_link("client", "server", {.delay = 1ms, .jitter = 5ms, .short_transfers = true});
  const std::string text = "one\ntwo\nthree\n";
  auto serve = [&]() -> task<> {
    auto door = net::listen({"server", 80});
    co_await send_all(door, text);
  };
  auto ask = [&]() -> task<> {
    co_await yield();
    auto s = co_await net::connect("server", 80);
    std::string got;
    while (auto line = co_await s.read_line()) got += *line + "\n";
    EXPECT_EQ(got, text);
  };
  co_await gather(net.on("server", serve()), net.on("client", ask()));
}

TUTTI_TEST(network, a_reset_breaks_the_connection_for_both) {
  lab::network net;
  int resets = 0;
  auto expect_reset = [&](net::byte_stream& s) -> task<> {
    try {
      (void)co_await s.read_line();
    } catch (const std::system_error& e) {
      if (e.code().value() == ECONNRESET) ++resets;
    }
  };
  auto serve = [&]() -> task<> {
    auto door = net::listen({"server", 80});
    auto s = co_await door.accept();
    co_await expect_reset(s);
  };
  auto ask = [&]() -> task<> {
    co_await yield();
    auto s = co_await net::connect("server", 80);
    co_await expect_reset(s);
  };
  auto storm = [&]() -> task<> {
    co_await sleep(1s);
    net.reset("client", "server");
  };
  co_await gather(net.on("server", serve()), net.on("client", ask()), storm());
  EXPECT_EQ(resets, 2);
}

}  // namespace
}  // namespace tutti
