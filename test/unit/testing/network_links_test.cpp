// What becomes of bytes, datagrams and new connections on their way over the links of a network.
#include <tutti/testing/network.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <tutti/async/tcp.hpp>
#include <tutti/async/udp.hpp>
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

/// A client and what its server accepted.
struct pair_of_ends {
  net::tcp_listener door;
  net::tcp_stream client;
  net::tcp_stream server;
  pair_of_ends(net::tcp_listener d, net::tcp_stream c, net::tcp_stream s)
      : door(std::move(d)), client(std::move(c)), server(std::move(s)) {}
};
task<pair_of_ends> connected(lab::network& net, std::uint16_t port = 80) {
  net::tcp_listener door = net::listen({"server", port});
  net::tcp_stream client = co_await net.on("client", net::connect("server", port));
  net::tcp_stream server = co_await door.accept();
  co_return pair_of_ends(std::move(door), std::move(client), std::move(server));
}

/// What it failed with; 0: it did not.
task<int> error_of(task<net::tcp_stream> attempt) {
  try {
    (void)co_await std::move(attempt);
  } catch (const std::system_error& e) {
    co_return e.code().value();
  }
  co_return 0;
}

TUTTI_TEST(network, what_is_under_way_does_not_pass_a_partition) {
  lab::network net;
  net.set_link("client", "server", {.delay = 10ms});
  pair_of_ends ends = co_await connected(net);
  co_await ends.client.write("hi\n");
  co_await sleep(5ms);
  net.partition("client", "server");
  const bool heard = static_cast<bool>(co_await move_on_after(1h, ends.server.read_line()));
  EXPECT_FALSE(heard);
  net.heal("client", "server");
  const time_point healed = clock::now();
  const auto line = co_await ends.server.read_line();
  EXPECT_EQ(line.value_or(""), "hi");
  EXPECT_EQ(clock::now() - healed, 10ms) << "it was sent again";
}

TUTTI_TEST(network, an_end_waits_for_a_partition_too) {
  lab::network net;
  pair_of_ends ends = co_await connected(net);
  net.partition("client", "server");
  co_await ends.client.write("bye");
  co_await ends.client.shutdown_write();
  const bool heard = static_cast<bool>(co_await move_on_after(1h, ends.server.read_all()));
  EXPECT_FALSE(heard);
  net.heal();
  std::string got = co_await ends.server.read_all();
  EXPECT_EQ(got, "bye");
  co_await ends.server.write("you too");
  ends.server.close();
  got = co_await ends.client.read_all();
  EXPECT_EQ(got, "you too");
}

TUTTI_TEST(network, a_partition_one_way_lets_the_other_one_speak) {
  lab::network net;
  pair_of_ends ends = co_await connected(net);
  net.partition_one_way("client", "server");
  co_await ends.server.write("down\n");
  auto line = co_await ends.client.read_line();
  EXPECT_EQ(line.value_or(""), "down");
  co_await ends.client.write("up\n");
  const bool heard = static_cast<bool>(co_await move_on_after(1h, ends.server.read_line()));
  EXPECT_FALSE(heard);
  net.heal();
  line = co_await ends.server.read_line();
  EXPECT_EQ(line.value_or(""), "up");
}

TUTTI_TEST(network, the_two_ways_may_differ) {
  lab::network net;
  net.set_one_way("client", "server", {.delay = 1ms});
  net.set_one_way("server", "client", {.delay = 30ms});
  const time_point start = clock::now();
  pair_of_ends ends = co_await connected(net);
  EXPECT_EQ(clock::now() - start, 31ms) << "there and back";
  const time_point sent = clock::now();
  co_await ends.client.write("x\n");
  (void)co_await ends.server.read_line();
  EXPECT_EQ(clock::now() - sent, 1ms);
  co_await ends.server.write("x\n");
  (void)co_await ends.client.read_line();
  EXPECT_EQ(clock::now() - sent, 31ms);
}

TUTTI_TEST(network, news_of_a_close_travels_as_bytes_do) {
  lab::network net;
  net.set_link("client", "server", {.delay = 50ms});
  pair_of_ends ends = co_await connected(net);
  ends.server.close();
  co_await ends.client.write("nobody knows yet");
  co_await sleep(60ms);
  int number = 0;
  try {
    co_await ends.client.write("now one does");
  } catch (const std::system_error& e) {
    number = e.code().value();
  }
  EXPECT_EQ(number, EPIPE);
}

TUTTI_TEST(network, bandwidth_and_delay_add_up) {
  lab::network net;
  net.set_link("client", "server", {.delay = 100ms, .bandwidth = 1'000'000});
  pair_of_ends ends = co_await connected(net);
  const time_point start = clock::now();
  const auto send = [&]() -> task<> {
    co_await ends.server.write(std::string(500'000, 'x'));
    co_await ends.server.shutdown_write();
  };
  auto [nothing, all] = co_await gather(send(), ends.client.read_all());
  (void)nothing;
  EXPECT_EQ(all.size(), 500'000U);
  EXPECT_EQ(clock::now() - start, 600ms);
}

TUTTI_TEST(network, connections_share_the_bandwidth_of_a_link) {
  lab::network net;
  net.set_link("client", "server", {.bandwidth = 1000});
  pair_of_ends a = co_await connected(net, 80);
  pair_of_ends b = co_await connected(net, 81);
  const time_point start = clock::now();
  co_await gather(a.server.write(std::string(1000, 'a')), b.server.write(std::string(1000, 'b')));
  a.server.close();
  b.server.close();
  auto [x, y] = co_await gather(a.client.read_all(), b.client.read_all());
  EXPECT_EQ(x.size() + y.size(), 2000U);
  EXPECT_EQ(clock::now() - start, 2s);
}

TUTTI_TEST(network, a_full_buffer_makes_the_writer_wait) {
  lab::network net;
  net.set_link("client", "server", {.buffer = 10});
  pair_of_ends ends = co_await connected(net);
  const bool all =
      static_cast<bool>(co_await move_on_after(1h, ends.client.write("0123456789abcdef")));
  EXPECT_FALSE(all);
  ends.client.close();
  const std::string got = co_await ends.server.read_all();
  EXPECT_EQ(got, "0123456789");
}

task<duration> first_second_and_last(net::udp_socket& to, unsigned count) {
  const time_point start = clock::now();
  std::vector<std::byte> buffer(2000);
  for (unsigned i = 0; i < count; ++i) (void)co_await to.receive_from(buffer);
  co_return clock::now() - start;
}

TUTTI_TEST(network, datagrams_need_bandwidth_too) {
  lab::network net;
  net.set_link("client", "server", {.bandwidth = 1000});
  auto to = net::udp_socket::bind({"server", 53});
  auto from = net::udp_socket::bind({"client", 53});
  for (int i = 0; i < 3; ++i) co_await from.send_to(std::string(1000, 'x'), {"server", 53});
  const duration took = co_await first_second_and_last(to, 3);
  EXPECT_EQ(took, 3s);
}

TUTTI_TEST(network, datagrams_under_way_are_lost_in_a_partition) {
  lab::network net;
  net.set_link("client", "server", {.delay = 10ms});
  auto to = net::udp_socket::bind({"server", 53});
  auto from = net::udp_socket::bind({"client", 53});
  co_await from.send_to("before", {"server", 53});
  net.partition("client", "server");
  co_await from.send_to("during", {"server", 53});
  net.heal();
  co_await from.send_to("later", {"server", 53});
  std::array<std::byte, 9> buffer;
  const auto got = co_await to.receive_from(buffer);
  EXPECT_EQ(got.size, 5U);
}

TUTTI_TEST(network, datagrams_are_reordered_without_a_delay) {
  lab::network net;
  net.set_link("client", "server", {.reorder = 0.5});
  auto to = net::udp_socket::bind({"server", 53});
  auto from = net::udp_socket::bind({"client", 53});
  std::string order;
  for (const char c : std::string("123456789")) {
    co_await from.send_to(std::string_view(&c, 1), {"server", 53});
  }
  std::array<std::byte, 1> one;
  for (int i = 0; i < 9; ++i) {
    (void)co_await to.receive_from(one);
    order += static_cast<char>(one[0]);
  }
  EXPECT_NE(order, "123456789");
  std::sort(order.begin(), order.end());
  EXPECT_EQ(order, "123456789");
}

/// Median and longest of a thousand.
task<std::pair<duration, duration>> latencies(lab::spread how) {
  lab::network net;
  net.set_link("client", "server", {.jitter = 10ms, .jitter_spread = how});
  auto to = net::udp_socket::bind({"server", 53});
  auto from = net::udp_socket::bind({"client", 53});
  std::vector<duration> all;
  for (int i = 0; i < 1000; ++i) {
    co_await from.send_to("x", {"server", 53});
    const duration took = co_await first_second_and_last(to, 1);
    all.push_back(took);
  }
  std::sort(all.begin(), all.end());
  co_return std::pair(all[500], all.back());
}

TUTTI_TEST(network, jitter_has_a_distribution) {
  const auto even = co_await latencies(lab::spread::even);
  EXPECT_LE(even.second, 10ms);
  const auto exponential = co_await latencies(lab::spread::exponential);
  EXPECT_LT(exponential.first, 10ms);
  EXPECT_GT(exponential.second, 30ms);
  const auto heavy = co_await latencies(lab::spread::heavy_tail);
  EXPECT_LT(heavy.first, 10ms);
  EXPECT_GT(heavy.second, 300ms);
}

TUTTI_TEST(network, connecting_over_a_partition_ends_as_it_does_on_linux) {
  lab::network net;
  net.partition("client", "server");
  const time_point start = clock::now();
  const int number = co_await error_of(net.on("client", net::connect("server", 80)));
  EXPECT_EQ(number, ETIMEDOUT);
  EXPECT_EQ(clock::now() - start, 127s);
}

TUTTI_TEST(network, connecting_to_a_full_listener_is_tried_again) {
  lab::network net;
  auto door = net::listen({"server", 80}, {.backlog = 1});
  const auto one = co_await net::connect("server", 80);
  const auto two = co_await net::connect("server", 80);
  int number = co_await error_of(net::connect("server", 80));
  EXPECT_EQ(number, ETIMEDOUT);
  const auto accepts_later = [&]() -> task<> {
    co_await sleep(10s);
    (void)co_await door.accept();
  };
  auto [nothing, late] = co_await gather(accepts_later(), error_of(net::connect("server", 80)));
  (void)nothing;
  EXPECT_EQ(late, 0);
}

TUTTI_TEST(network, the_next_host_of_a_name_is_tried_beside_one_that_is_silent) {
  lab::network net;
  net.set_name("service", {.hosts = {"dead", "server"}});
  net.partition("client", "dead");
  auto door = net::listen({"server", 80});
  const time_point start = clock::now();
  auto s = co_await net.on("client", net::connect("service", 80));
  EXPECT_EQ(s.peer_endpoint().host(), "server");
  EXPECT_EQ(clock::now() - start, 250ms) << "as with the machine's network (RFC 8305)";
}

TUTTI_TEST(network, a_name_without_hosts_is_not_found) {
  lab::network net;
  net.set_name("nobody", {});
  std::string text;
  try {
    (void)co_await net::connect("nobody", 80);
  } catch (const error& e) {
    text = e.what();
  }
  EXPECT_TRUE(text.starts_with("the host \"nobody\" was not found")) << text;
}

TUTTI_TEST(network, numeric_addresses_of_ordinary_code_mean_the_own_host) {
  lab::network net;
  auto door = net::listen({"0.0.0.0", 0});
  const std::uint16_t port = door.local_endpoint().port();
  const auto one = co_await net::connect("127.0.0.1", port);
  const auto two = co_await net::connect("localhost", port);
  const int number = co_await error_of(net.on("other", net::connect("127.0.0.1", port)));
  EXPECT_EQ(number, ECONNREFUSED);
}

TUTTI_TEST(network, ports_are_used_again) {
  lab::network net;
  auto door = net::listen({"server", 0});
  const std::uint16_t port = door.local_endpoint().port();
  std::uint16_t least = port;
  for (int i = 0; i < 20'000; ++i) {
    const auto c = co_await net::connect("server", port);
    (void)co_await door.accept();
    least = std::min(least, c.local_endpoint().port());
  }
  EXPECT_GE(least, 49152);
}

TUTTI_TEST(network, a_cancelled_swizzle_lets_everything_go) {
  lab::network net;
  for (const char* host : {"a", "b", "c", "d", "e"}) net.set_link("localhost", host, {});
  (void)co_await move_on_after(500ms, net.swizzle(1s));
  const time_point start = clock::now();
  for (const char* host : {"a", "b", "c", "d", "e"}) {
    auto door = net::listen({host, 80});
    (void)co_await net::connect(host, 80);
  }
  EXPECT_EQ(clock::now(), start);
}

TEST(network, options_without_sense_are_refused) {
  lab::network net;
  EXPECT_THROW(net.set_link("a", "b", {.loss = 1.5}), std::invalid_argument);
  EXPECT_THROW(net.set_link("a", "b", {.duplicate = -0.1}), std::invalid_argument);
  EXPECT_THROW(net.set_link("a", "b", {.delay = -1ms}), std::invalid_argument);
  EXPECT_THROW(net.set_name("a", {.hosts = {"b"}, .failure = 2}), std::invalid_argument);
}

}  // namespace
}  // namespace tutti
