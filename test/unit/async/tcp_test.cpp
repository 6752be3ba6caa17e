#include <tutti/async/tcp.hpp>

#include <chrono>
#include <vector>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/sys/world.hpp>

#include "engines.hpp"

namespace tutti::net {
namespace {

using namespace std::chrono_literals;

class Tcp : public test::EngineTest {};

/// Fails the next calls of one site with the given numbers, in order.
struct faults {
  faults(std::string_view where, std::vector<int> which) : outer_(current) {
    site = where;
    numbers = std::move(which);
    current = this;
    sys::set_fault_source([](std::string_view asked) noexcept {
      faults* const f = current;
      if (f == nullptr || asked != f->site || f->numbers.empty()) return 0;
      const int number = f->numbers.front();
      f->numbers.erase(f->numbers.begin());
      return number;
    });
  }
  ~faults() {
    current = outer_;
    if (current == nullptr) sys::set_fault_source(nullptr);
  }
  faults(const faults&) = delete;
  faults& operator=(const faults&) = delete;
  std::string_view site;
  std::vector<int> numbers;

 private:
  faults* outer_;
  static inline faults* current = nullptr;
};

TEST_P(Tcp, ConnectsAndKnowsBothEnds) {
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0}, {.backlog = 3});
    const endpoint at = listener.local_endpoint();
    EXPECT_EQ(at.host(), "127.0.0.1");
    EXPECT_NE(at.port(), 0);
    auto [client, server] =
        co_await gather(connect("127.0.0.1", at.port(), {.timeout = 5s}), listener.accept());
    EXPECT_EQ(client.peer_endpoint(), at);
    EXPECT_EQ(server.local_endpoint(), at);
    EXPECT_EQ(server.peer_endpoint(), client.local_endpoint());
    client.close();
    EXPECT_THROW(client.peer_endpoint(), closed);
  }());
}

TEST_P(Tcp, LooksNamesUp) {
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    auto accepted = spawn(listener.accept());
    auto client = co_await connect("localhost", listener.local_endpoint().port());
    EXPECT_EQ(client.peer_endpoint().host(), "127.0.0.1");
    co_await std::move(accepted);
  }());
}

TEST_P(Tcp, SaysWhichHostIsUnknown) {
  on_engine([]() -> task<> {
    try {
      co_await connect("no such host.invalid", 1);
      ADD_FAILURE() << "there is no such host";
    } catch (const error& e) {
      EXPECT_NE(std::string(e.what()).find("no such host.invalid"), std::string::npos);
    }
  }());
}

TEST_P(Tcp, ARefusedConnectSaysWhere) {
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    const auto port = listener.local_endpoint().port();
    listener.close();
    try {
      co_await connect("127.0.0.1", port);
      ADD_FAILURE() << "nobody listens";
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), std::errc::connection_refused);
      EXPECT_NE(std::string(e.what()).find("127.0.0.1:" + std::to_string(port)), std::string::npos)
          << e.what();
    }
  }());
}

TEST_P(Tcp, ListenWantsANumericAddress) {
  EXPECT_THROW(listen({"localhost", 0}), error);
  auto first = listen({"127.0.0.1", 0});
  EXPECT_THROW(listen(first.local_endpoint()), std::system_error) << "in use";
}

TEST_P(Tcp, SixWorksToo) {
  try {
    listen({"::1", 0});
  } catch (const std::system_error&) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  on_engine([]() -> task<> {
    auto listener = listen({"::1", 0});
    auto [client, server] =
        co_await gather(connect("::1", listener.local_endpoint().port()), listener.accept());
    EXPECT_EQ(server.peer_endpoint(), client.local_endpoint());
    EXPECT_EQ(client.peer_endpoint().host(), "::1");
  }());
}

TEST_P(Tcp, AListenerServesOneRunAfterTheOther) {
  auto listener = listen({"127.0.0.1", 0});
  for (int i = 0; i < 3; ++i) {
    on_engine([](tcp_listener& l) -> task<> {
      auto [client, server] =
          co_await gather(connect("127.0.0.1", l.local_endpoint().port()), l.accept());
      co_await client.write("x\n");
      EXPECT_EQ(co_await server.read_line(), "x");
    }(listener));
  }
}

TEST_P(Tcp, AStreamOutlivesItsLoop) {
  auto listener = listen({"127.0.0.1", 0});
  auto [client, server] = on_engine([](tcp_listener& l) -> task<std::pair<tcp_stream, tcp_stream>> {
    auto [a, b] = co_await gather(connect("127.0.0.1", l.local_endpoint().port()), l.accept());
    auto waits = spawn(b.read_line());
    co_await yield();
    waits.cancel();
    EXPECT_THROW(co_await std::move(waits), future_cancelled);
    co_return std::pair(std::move(a), std::move(b));
  }(listener));
  on_engine([](tcp_stream& a, tcp_stream& b) -> task<> {
    auto waits = spawn(b.read_line());
    co_await yield();
    co_await a.write("hello\n");
    EXPECT_EQ(co_await std::move(waits), "hello");
  }(client, server));
}

TEST_P(Tcp, ACancelledAcceptLosesNoConnection) {
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    auto first = spawn(listener.accept());
    co_await yield();
    auto client = co_await connect("127.0.0.1", listener.local_endpoint().port());
    first.cancel();  // the connection may be there already, or not: either way it is not lost
    auto got = co_await gather_settled(std::move(first));
    if (std::get<0>(got)) {
      co_await std::get<0>(got)->write("x\n");
    } else {
      auto server = co_await listener.accept();
      co_await server.write("x\n");
    }
    EXPECT_EQ(co_await client.read_line(), "x");
  }());
}

TEST_P(Tcp, CloseEndsAccept) {
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    auto waits = spawn(listener.accept());
    co_await yield();
    listener.close();
    EXPECT_THROW(co_await std::move(waits), closed);
    EXPECT_THROW(co_await listener.accept(), closed);
    EXPECT_THROW(listener.local_endpoint(), closed);
  }());
}

TEST_P(Tcp, AcceptOutlivesAConnectionThatWentAndAFullTable) {
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    auto client = co_await connect("127.0.0.1", listener.local_endpoint().port());
    const faults f("net.accept", {ECONNABORTED, EMFILE, EINTR, ENFILE});
    auto server = co_await listener.accept();
    EXPECT_TRUE(f.numbers.empty());
    EXPECT_EQ(server.peer_endpoint(), client.local_endpoint());
  }());
}

TEST_P(Tcp, AcceptReportsWhatConcernsTheListener) {
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    const faults f("net.accept", {EINVAL});
    EXPECT_THROW(co_await listener.accept(), std::system_error);
  }());
}

TEST_P(Tcp, CallsThatFailAreReportedAndShortOnesRepeated) {
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    auto [client, server] =
        co_await gather(connect("127.0.0.1", listener.local_endpoint().port()), listener.accept());
    {
      const faults f("net.write", {EINTR, ECONNRESET});
      co_await client.write("x");
      EXPECT_THROW(co_await client.flush(), std::system_error);
    }
    co_await client.write("x\n");
    {
      const faults f("net.read", {EINTR, ETIMEDOUT});
      EXPECT_THROW(co_await server.read_line(), std::system_error);
    }
    EXPECT_EQ(co_await server.read_line(), "x");
    const faults f("net.connect", {ENETUNREACH});
    EXPECT_THROW(co_await connect("127.0.0.1", listener.local_endpoint().port()),
                 std::system_error);
  }());
}

TEST_P(Tcp, NoDescriptorStaysOpen) {
  // The first run may open what later ones use too.
  on_engine([]() -> task<> { co_await yield(); }());
  const std::size_t before = test::open_descriptors();
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    const auto port = listener.local_endpoint().port();
    for (int i = 0; i < 20; ++i) {
      auto accepted = spawn(listener.accept());
      auto connected = spawn(connect(i % 2 == 0 ? "127.0.0.1" : "localhost", port));
      for (int turns = 0; turns < i / 2; ++turns) co_await yield();
      connected.cancel();
      accepted.cancel();
      co_await gather_settled(std::move(connected), std::move(accepted));
    }
  }());
  EXPECT_EQ(test::open_descriptors(), before);
}

TUTTI_ON_ENGINES(Tcp);

}  // namespace
}  // namespace tutti::net
