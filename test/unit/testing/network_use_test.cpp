// A network as programs use it: cancelled, closed, interrupted, outlived, absent.
#include <tutti/testing/network.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <tutti/async/tcp.hpp>
#include <tutti/async/udp.hpp>
#include <tutti/base/clock.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/task_group.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/pattern/retry.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/sync/event.hpp>
#include <tutti/testing/explore.hpp>
#include <tutti/testing/failure.hpp>
#include <tutti/testing/fault.hpp>
#include <tutti/testing/gtest.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/testing/wait_all_blocked.hpp>
#include <tutti/thread/thread.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
namespace lab = tutti::testing;

task<> five_bytes() {
  lab::network net;
  auto door = net::listen({"server", 80});
  auto client = co_await net::connect("server", 80);
  auto server = co_await door.accept();
  const auto send = [&]() -> task<> {
    co_await client.write("12345");
    co_await client.shutdown_write();
  };
  auto [nothing, got] = co_await gather(send(), server.read_all());
  (void)nothing;
  lab::check(got == "12345");
}

TEST(network, reads_and_writes_may_be_short_at_every_boundary) {
  for (const char* const site : {"net.short_read", "net.short_write"}) {
    for (int bytes = 1; bytes < 5; ++bytes) {
      const auto calls = lab::fail_each(site, bytes, [] { run(five_bytes()); });
      EXPECT_GE(calls, 1U) << site;
    }
  }
}

/// The accept is given up at about the moment in which the connection arrives.
task<> accepted_after_all(int late) {
  lab::network net;
  net.set_link("client", "server", {.delay = 10ms});
  auto door = net::listen({"server", 80});
  const auto ask = [&]() -> task<> {
    auto client = co_await net::connect("server", 80);
    co_await client.write("x");
    (void)co_await client.read_line();
  };
  const auto serve = [&]() -> task<> {
    std::optional<net::tcp_stream> got =
        co_await move_on_after(std::chrono::milliseconds(late), door.accept());
    if (!got) got.emplace(co_await door.accept());
    std::array<std::byte, 1> one;
    const std::size_t n = co_await got->read_some(one);
    lab::check(n == 1);
    got->close();
  };
  co_await gather(net.on("server", serve()), net.on("client", ask()));
}

TEST(network, a_cancelled_accept_loses_no_connection) {
  lab::explore({.schedules = 100}, [] {
    for (int late = 8; late <= 12; ++late) run(accepted_after_all(late));
  });
}

task<> read_in_bits() {
  lab::network net;
  net.set_link("client", "server", {.delay = 10ms, .short_transfers = true});
  auto door = net::listen({"server", 80});
  std::string sent;
  const auto serve = [&]() -> task<> {
    auto s = co_await door.accept();
    for (char c = 'a'; c <= 'j'; ++c) {
      const std::string two{c, c};
      co_await s.write(two);
      sent += two;
      co_await sleep(3ms);
    }
  };
  const auto ask = [&]() -> task<> {
    auto c = co_await net::connect("server", 80);
    std::string got;
    std::array<std::byte, 3> some;
    for (std::optional<std::size_t> n = 1; n != 0U;) {
      n = co_await move_on_after(1ms, c.read_some(some));
      if (n) got.append(reinterpret_cast<const char*>(some.data()), *n);
    }
    lab::check(got == sent);
  };
  co_await gather(net.on("server", serve()), net.on("client", ask()));
}

TEST(network, a_cancelled_read_loses_no_byte) {
  lab::explore({.schedules = 100}, [] { run(read_in_bits()); });
}

TUTTI_TEST(network, connecting_can_be_cancelled_at_every_moment) {
  lab::network net;
  net.set_link("client", "server", {.delay = 10ms});
  for (int late = 1; late <= 25; ++late) {
    auto door = net::listen({"server", 80});
    const auto client = co_await net.on(
        "client", move_on_after(std::chrono::milliseconds(late), net::connect("server", 80)));
    EXPECT_EQ(client.has_value(), late > 20) << late;
    co_await sleep(100ms);
  }
}

TUTTI_TEST(network, closing_wakes_everybody) {
  lab::network net;
  net.set_link("client", "server", {.delay = 1ms, .buffer = 4});
  auto door = net::listen({"server", 80});
  auto client = co_await net.on("client", net::connect("server", 80));
  auto server = co_await door.accept();
  int told = 0;
  const auto is_told = [&](auto work) -> task<> {
    try {
      (void)co_await std::move(work);
    } catch (const closed&) {
      ++told;
    }
  };
  const auto closes = [&]() -> task<> {
    co_await lab::wait_all_blocked();
    client.close();
    door.close();
  };
  co_await gather(is_told(client.read_all()), is_told(client.write("0123456789")),
                  is_told(door.accept()), closes());
  EXPECT_EQ(told, 3);
  const std::string got = co_await server.read_all();
  EXPECT_EQ(got, "0123") << "what was written before";
}

TUTTI_TEST(network, who_was_not_accepted_when_the_listener_closed_is_told) {
  lab::network net;
  auto door = net::listen({"server", 80});
  auto client = co_await net::connect("server", 80);
  door.close();
  int number = 0;
  try {
    (void)co_await client.read_line();
  } catch (const std::system_error& e) {
    number = e.code().value();
  }
  EXPECT_EQ(number, ECONNRESET);
}

TUTTI_TEST(network, a_reset_ends_a_write_that_waits) {
  lab::network net;
  net.set_link("client", "server", {.delay = 10ms, .buffer = 100});
  auto door = net::listen({"server", 80});
  auto client = co_await net.on("client", net::connect("server", 80));
  auto server = co_await door.accept();
  int number = 0;
  const auto writes = [&]() -> task<> {
    try {
      co_await client.write(std::string(1000, 'x'));
    } catch (const std::system_error& e) {
      number = e.code().value();
    }
  };
  const auto resets = [&]() -> task<> {
    co_await lab::wait_all_blocked();
    net.reset("client", "server");
  };
  co_await gather(writes(), resets());
  EXPECT_EQ(number, ECONNRESET);
}

TUTTI_TEST(network, interrupted_calls_are_made_again) {
  lab::network net;
  const lab::fault connects{"net.connect", EINTR};
  const lab::fault accepts{"net.accept", EINTR, EAGAIN, ECONNABORTED};
  const lab::fault writes{"net.write", EINTR, EAGAIN};
  const lab::fault reads{"net.read", EINTR, EAGAIN};
  auto door = net::listen({"server", 80});
  auto client = co_await net::connect("server", 80);
  auto server = co_await door.accept();
  co_await client.write("x\n");
  const auto line = co_await server.read_line();
  EXPECT_EQ(line.value_or(""), "x");
  EXPECT_EQ(connects.left() + accepts.left() + writes.left() + reads.left(), 0U);
}

TUTTI_TEST(network, names_are_looked_up_at_a_fault_site) {
  lab::network net;
  const lab::fault fails{"net.resolve", -3};
  auto door = net::listen({"server", 80});
  std::string text;
  try {
    (void)co_await net::connect("server", 80);
  } catch (const error& e) {
    text = e.what();
  }
  EXPECT_TRUE(text.starts_with("the host \"server\" was not found")) << text;
  (void)co_await net::connect("server", 80);
}

TUTTI_TEST(network, connections_work_on_when_it_is_gone) {
  std::optional<net::tcp_stream> client;
  std::optional<net::tcp_stream> server;
  std::optional<net::udp_socket> datagrams;
  {
    lab::network net;
    net.set_link("localhost", "server", {.delay = 5ms});
    auto door = net::listen({"server", 80});
    client.emplace(co_await net::connect("server", 80));
    server.emplace(co_await door.accept());
    datagrams.emplace(net::udp_socket::bind({"localhost", 2}));
  }
  co_await client->write("still here\n");
  const auto line = co_await server->read_line();
  EXPECT_EQ(line.value_or(""), "still here");
  int number = 0;
  try {
    co_await datagrams->send_to("x", {"server", 1});
  } catch (const std::system_error& e) {
    number = e.code().value();
  }
  EXPECT_EQ(number, ENETDOWN);
}

TUTTI_TEST(network, who_connects_is_told_that_it_is_gone) {
  std::string text;
  const auto ask = [&]() -> task<> {
    try {
      (void)co_await net::connect("server", 80);
    } catch (const error& e) {
      text = e.what();
    }
  };
  const auto body = [&](task_group& g) -> task<> {
    const auto net = std::make_unique<lab::network>();
    net->partition("localhost", "server");
    g.spawn(ask());
    co_await lab::wait_all_blocked();
  };
  co_await with_task_group(body);
  EXPECT_EQ(text, "the testing::network was destroyed while a task connected to server:80");
}

TEST(network, there_is_one_at_a_time) {
  const lab::network one;
  EXPECT_THROW(lab::network(), error);
}

TEST(network, a_run_that_fails_takes_its_own_with_it) {
  const auto fails = []() -> task<> {
    const lab::network net;
    lab::check(false);
    co_return;
  };
  EXPECT_THROW(lab::explore({.schedules = 5}, [&] { run(fails()); }), lab::failure);
  const auto real = net::listen({"127.0.0.1", 0});
  EXPECT_EQ(real.local_endpoint().host(), "127.0.0.1") << "the machine's";
}

task<> begins(lab::network* net, std::optional<net::tcp_stream>* client,
              std::optional<net::tcp_stream>* server) {
  auto door = net::listen({"server", 80});
  client->emplace(co_await net::connect("server", 80));
  server->emplace(co_await door.accept());
  net->set_link("localhost", "server", {.delay = 1h});
  co_await (*client)->write("a\n");
  const bool came = static_cast<bool>(co_await move_on_after(1s, (*server)->read_line()));
  lab::check(!came);
}
task<> goes_on(net::tcp_stream* client, net::tcp_stream* server) {
  co_await client->write("b\n");
  for (const char* const expected : {"a", "b"}) {
    const auto line = co_await server->read_line();
    lab::check(line.value_or("") == expected);
  }
}

TEST(network, a_stream_may_outlive_its_loop) {
  lab::explore({.schedules = 3}, [] {
    lab::network net;
    std::optional<net::tcp_stream> client;
    std::optional<net::tcp_stream> server;
    run(begins(&net, &client, &server));
    run(goes_on(&*client, &*server));
  });
}

task<std::string> through_bad_weather() {
  lab::network net;
  net.set_link("client", "server",
               {.delay = 5ms,
                .loss = 0.2,
                .reorder = 0.2,
                .jitter = 5ms,
                .bandwidth = 100'000,
                .short_transfers = true,
                .jitter_spread = lab::spread::heavy_tail});
  auto door = net::listen({"server", 80});
  std::string seen;
  const auto serve = [&]() -> task<> {
    auto s = co_await door.accept();
    for (int i = 0; i < 10; ++i) co_await s.write(std::string(5000, 'x'));
    co_await s.shutdown_write();
    (void)co_await s.read_all();
  };
  const auto ask = [&]() -> task<> {
    auto c = co_await net::connect("server", 80);
    std::vector<std::byte> some(700);
    for (std::size_t n = 1; n != 0;) {
      n = co_await c.read_some(some);
      seen += std::to_string(n) + " at " + std::to_string(clock::now().time_since_epoch().count()) +
              ", ";
    }
  };
  co_await gather(net.on("server", serve()), net.on("client", ask()));
  co_return seen;
}

TEST(network, one_seed_has_one_weather) {
  EXPECT_EQ(lab::run_virtual(through_bad_weather()), lab::run_virtual(through_bad_weather()));
}

task<std::string> in_real_time() {
  lab::network net;
  net.set_link("localhost", "server", {.jitter = 1ms, .short_transfers = true});
  auto door = net::listen({"server", 80});
  auto client = co_await net::connect("server", 80);
  auto server = co_await door.accept();
  co_await client.write(std::string(3000, 'x'));
  co_await client.shutdown_write();
  co_return co_await server.read_all();
}

task<> echoes(event* up) {
  auto door = net::listen({"server", 80});
  auto datagrams = net::udp_socket::bind({"server", 53});
  up->set();
  auto s = co_await door.accept();
  while (auto line = co_await s.read_line()) co_await s.write(*line + "\n");
  std::array<std::byte, 8> some;
  const auto got = co_await datagrams.receive_from(some);
  co_await datagrams.send_to("pong", got.from);
}
task<> talks_to_another_loop() {
  {
    auto c = co_await net::connect("server", 80);
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{100'000}}) {
      co_await c.write(std::string(bytes, 'x') + "\n");
      const auto line = co_await c.read_line();
      lab::check(line.value_or("").size() == bytes);
    }
  }
  auto datagrams = net::udp_socket::bind({"localhost", 0});
  co_await datagrams.send_to("ping", {"server", 53});
  std::array<std::byte, 8> some;
  const auto got = co_await datagrams.receive_from(some);
  lab::check(got.size == 4);
}
task<> waits(duration time) { co_await sleep(time); }

TEST(network, each_host_may_have_its_thread_and_loop) {
  for (const duration delay : {duration(0), duration(10ms)}) {
    lab::explore({.schedules = 100}, [delay] {
      lab::network net;
      net.set_link("localhost", "server", {.delay = delay});
      net.partition("localhost", "server");
      event up;
      thread server{"server", [&] { run(echoes(&up)); }};
      thread client{"client", [&] {
                      up.wait();
                      run(talks_to_another_loop());
                    }};
      thread healer{"healer", [&] {
                      run(waits(3s));
                      net.heal();
                    }};
    });
  }
}

TEST(network, it_works_outside_of_simulations_too) { EXPECT_EQ(run(in_real_time()).size(), 3000U); }

TUTTI_TEST(network, a_program_that_retries_comes_through) {
  lab::network net;
  net.partition("client", "server");
  auto door = net::listen({"server", 80});
  const auto heals = [&]() -> task<> {
    co_await sleep(30s);
    net.heal();
  };
  const auto once = []() -> task<> {
    auto client = co_await net::connect("server", 80, {.timeout = 5s});
    co_await client.write("x");
  };
  const auto ask = [&]() -> task<> {
    co_await retry({.attempts = 20, .backoff = 1s, .backoff_max = 2s}, once);
  };
  const auto serve = [&]() -> task<> {
    auto s = co_await door.accept();
    const std::string got = co_await s.read_all();
    EXPECT_EQ(got, "x");
  };
  co_await gather(net.on("server", serve()), net.on("client", ask()), heals());
}

task<> all_of_it() {
  lab::network net;
  net.set_link("localhost", "server",
               {.delay = 1ms, .loss = 0.1, .bandwidth = 1000, .short_transfers = true});
  auto door = net::listen({"server", 80});
  auto client = co_await net::connect("server", 80);
  auto server = co_await door.accept();
  auto from = net::udp_socket::bind({"localhost", 1});
  auto to = net::udp_socket::bind({"server", 1});
  net.partition("localhost", "server");
  net.heal();
  co_await client.write("line\n");
  const auto line = co_await server.read_line();
  lab::check(line.value_or("") == "line");
  co_await from.send_to("x", {"server", 1});
  std::array<std::byte, 1> one;
  (void)co_await move_on_after(1s, to.receive_from(one));
  co_await net.swizzle(1s);
  client.close();
  const std::string rest = co_await server.read_all();
  lab::check(rest.empty());
}

TEST(network, every_allocation_of_it_may_fail) {
  if (!lab::allocations_can_fail()) GTEST_SKIP() << "a sanitizer brings its own operator new";
  const std::uint64_t calls = lab::fail_each("memory", ENOMEM, [] {
    try {
      run(all_of_it());
    } catch (const std::bad_alloc&) {
    } catch (const std::system_error& e) {
      lab::check(e.code().value() == ENOMEM);
    }
  });
  EXPECT_GE(calls, 50U);
}

task<> without_a_network() { (void)co_await net::connect("127.0.0.1", 1); }

TEST(network, a_simulation_without_one_says_what_to_write) {
  try {
    lab::run_virtual(without_a_network());
    FAIL() << "connected";
  } catch (const error& e) {
    EXPECT_NE(std::string(e.what()).find("testing::network"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace tutti
