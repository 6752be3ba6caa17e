#include <tutti/testing/network.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include <tutti/async/tcp.hpp>
#include <tutti/async/udp.hpp>
#include <tutti/base/clock.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/task_group.hpp>
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
  co_await sleep(1min);
  net.heal();
}
task<duration> partitioned() {
  lab::network net;
  net.partition("client", "server");
  const time_point start = clock::now();
  co_await gather(net.on("server", echo_once()), net.on("client", asks()), heals_later(net));
  co_return clock::now() - start;
}

TEST(network, a_partition_lasts_until_it_heals) {
  EXPECT_EQ(lab::run_virtual(partitioned()), 1min);
}

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

task<> serve_here(std::string host, std::string says) {
  auto door = net::listen({host, 80});
  for (;;) {
    auto s = co_await door.accept();
    co_await s.write(says);
    co_await s.shutdown_write();
  }
}
task<std::string> ask_name(std::string name) {
  auto s = co_await net::connect(name, 80);
  co_return co_await s.read_all();
}

TUTTI_TEST(network, a_name_has_several_hosts_and_may_change) {
  lab::network net;
  net.set_name("service", {.hosts = {"dead", "a"}, .delay = 3ms});
  const auto body = [&](task_group& g) -> task<> {
    g.spawn(serve_here("a", "A"));
    g.spawn(serve_here("b", "B"));
    co_await yield();
    const time_point start = clock::now();
    const std::string first = co_await ask_name("service");
    EXPECT_EQ(first, "A");
    EXPECT_EQ(clock::now() - start, 3ms);
    net.set_name("service", {.hosts = {"b"}});
    const std::string second = co_await ask_name("service");
    EXPECT_EQ(second, "B");
    net.set_name("service", {.hosts = {"b"}, .failure = 1});
    bool failed = false;
    try {
      (void)co_await ask_name("service");
    } catch (const error&) {
      failed = true;
    }
    EXPECT_TRUE(failed);
    g.cancel();
  };
  co_await with_task_group(body);
}

TUTTI_TEST(network, half_closed_one_side_still_speaks) {
  lab::network net;
  auto serve = [&]() -> task<> {
    auto door = net::listen({"server", 80});
    auto s = co_await door.accept();
    const std::string question = co_await s.read_all();
    co_await s.write("got " + question);
    co_await s.shutdown_write();
  };
  auto ask = [&]() -> task<> {
    co_await yield();
    auto s = co_await net::connect("server", 80);
    co_await s.write("it");
    co_await s.shutdown_write();
    const std::string answer = co_await s.read_all();
    EXPECT_EQ(answer, "got it");
  };
  co_await gather(net.on("server", serve()), net.on("client", ask()));
}

task<duration> swizzled(lab::network& net) {
  for (const char* host : {"a", "b", "c", "d"}) net.set_link("client", host, {});
  const time_point start = clock::now();
  const auto body = [&](task_group& g) -> task<> {
    g.spawn(net.on("a", serve_here("a", "A")));
    g.spawn(net.on("b", serve_here("b", "B")));
    co_await yield();
    auto storm = g.spawn(net.swizzle(1s));
    std::string all;
    for (int i = 0; i < 20; ++i) {
      all += co_await net.on("client", ask_name("a"));
      all += co_await net.on("client", ask_name("b"));
      co_await sleep(50ms);
    }
    EXPECT_EQ(all.size(), 40U) << "late, but nothing is lost";
    co_await std::move(storm);
    g.cancel();
  };
  co_await with_task_group(body);
  co_return clock::now() - start;
}

TUTTI_TEST(network, a_swizzle_holds_links_up_and_lets_them_go) {
  lab::network net;
  const duration took = co_await swizzled(net);
  EXPECT_LT(took, 1min);
}

task<int> count_datagrams(lab::network& net, int sent) {
  int got = 0;
  auto receive = [&]() -> task<> {
    auto s = net::udp_socket::bind({"server", 53});
    std::array<std::byte, 16> buffer;
    for (;;) {
      const auto r = co_await s.receive_from(buffer);
      EXPECT_EQ(r.from.host(), "client");
      ++got;
    }
  };
  auto send = [&]() -> task<> {
    co_await yield();
    auto s = net::udp_socket::bind({"client", 0});
    for (int i = 0; i < sent; ++i) {
      co_await s.send_to("x", {"server", 53});
      co_await sleep(1ms);
    }
    co_await sleep(1s);
  };
  const auto body = [&](task_group& g) -> task<> {
    g.spawn(net.on("server", receive()));
    co_await net.on("client", send());
    g.cancel();
  };
  co_await with_task_group(body);
  co_return got;
}

TUTTI_TEST(network, datagrams_are_lost_or_come_twice) {
  lab::network net;
  const int plain = co_await count_datagrams(net, 100);
  EXPECT_EQ(plain, 100);
  net.set_link("client", "server", {.loss = 0.5});
  const int lost = co_await count_datagrams(net, 100);
  EXPECT_TRUE(lost > 0 && lost < 100) << lost;
  net.set_link("client", "server", {.duplicate = 0.5});
  const int twice = co_await count_datagrams(net, 100);
  EXPECT_TRUE(twice > 100 && twice < 200) << twice;
}

TUTTI_TEST(network, datagrams_overtake_each_other) {
  lab::network net;
  net.set_link("client", "server", {.delay = 5ms, .jitter = 50ms});
  std::string order;
  auto receive = [&]() -> task<> {
    auto s = net::udp_socket::bind({"server", 53});
    std::array<std::byte, 1> one;
    for (int i = 0; i < 9; ++i) {
      (void)co_await s.receive_from(one);
      order += static_cast<char>(one[0]);
    }
  };
  auto send = [&]() -> task<> {
    co_await yield();
    auto s = net::udp_socket::bind({"client", 0});
    for (const char c : std::string("123456789")) {
      co_await s.send_to(std::string_view(&c, 1), {"server", 53});
    }
  };
  co_await gather(net.on("server", receive()), net.on("client", send()));
  EXPECT_EQ(order.size(), 9U);
  EXPECT_NE(order, "123456789");
}

}  // namespace
}  // namespace tutti
