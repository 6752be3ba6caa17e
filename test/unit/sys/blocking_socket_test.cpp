#include <tutti/sys/blocking_socket.hpp>

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>

#include <tutti/base/error.hpp>
#include <tutti/sys/thread.hpp>

namespace sys = tutti::sys;
using namespace std::chrono_literals;

namespace {

// A listener on a free port of the loopback device.
struct door {
  sys::descriptor fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::uint16_t port = 0;
  door() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(fd.get(), 8) != 0)
      std::abort();
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
  }
};

TEST(BlockingSocket, SendsAndReadsUntilTheEnd) {
  door d;
  sys::thread echo("echo", [&d] {
    sys::descriptor peer(::accept(d.fd.get(), nullptr, nullptr));
    std::array<char, 16> room{};
    const auto got = ::recv(peer.get(), room.data(), room.size(), 0);
    ASSERT_GT(got, 0);
    ASSERT_EQ(::send(peer.get(), room.data(), static_cast<std::size_t>(got), 0), got);
  });
  auto s = sys::blocking_socket::connect("127.0.0.1", d.port, 10s);
  s.write("hello");
  std::string all;
  std::array<char, 3> room{};
  for (std::size_t n = s.read_some(room); n != 0; n = s.read_some(room)) all.append(room.data(), n);
  EXPECT_EQ(all, "hello");
}

TEST(BlockingSocket, NobodyListens) {
  std::uint16_t port = 0;
  {
    port = door().port;
  }
  EXPECT_THROW((void)sys::blocking_socket::connect("127.0.0.1", port, 10s), std::system_error);
}

TEST(BlockingSocket, AnUnknownHostIsNamed) {
  try {
    (void)sys::blocking_socket::connect("no-such-host.invalid", 80, 10s);
    FAIL() << "it connected";
  } catch (const tutti::error& e) {
    EXPECT_NE(std::string(e.what()).find("'no-such-host.invalid' is not known"), std::string::npos)
        << e.what();
  }
}

TEST(BlockingSocket, ASilentServerMeetsTheTimeLimit) {
  door d;
  auto s = sys::blocking_socket::connect("127.0.0.1", d.port, 1ms);
  std::array<char, 3> room{};
  EXPECT_THROW((void)s.read_some(room), tutti::timeout_error);
}

TEST(BlockingSocket, GivesUpWhenAsked) {
  door d;
  auto s = sys::blocking_socket::connect("127.0.0.1", d.port, 1h, +[]() noexcept { return true; });
  std::array<char, 3> room{};
  try {
    (void)s.read_some(room);
    FAIL() << "it read something";
  } catch (const tutti::timeout_error&) {
    FAIL() << "wrong reason";
  } catch (const tutti::error& e) {
    EXPECT_STREQ(e.what(), "given up on request");
  }
}

}  // namespace
