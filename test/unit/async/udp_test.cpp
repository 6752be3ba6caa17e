#include <tutti/async/udp.hpp>

#include <array>
#include <string>

#include <tutti/base/error.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>

#include "engines.hpp"

namespace tutti::net {
namespace {

class Udp : public test::EngineTest {};

TEST_P(Udp, CarriesDatagramsAndTheirSender) {
  on_engine([]() -> task<> {
    auto a = udp_socket::bind({"127.0.0.1", 0});
    auto b = udp_socket::bind({"127.0.0.1", 0});
    co_await a.send_to("one", b.local_endpoint());
    co_await a.send_to("", b.local_endpoint());
    co_await a.send_to("three", b.local_endpoint());
    std::array<std::byte, 4> in{};
    auto [n, from] = co_await b.receive_from(in);
    EXPECT_EQ(n, 3U);
    EXPECT_EQ(from, a.local_endpoint());
    auto empty = co_await b.receive_from(in);
    EXPECT_EQ(empty.size, 0U);
    auto cut = co_await b.receive_from(in);
    EXPECT_EQ(cut.size, 4U) << "what does not fit is dropped";
  }());
}

TEST_P(Udp, WaitsAndIsWokenByClose) {
  on_engine([]() -> task<> {
    auto a = udp_socket::bind({"127.0.0.1", 0});
    auto b = udp_socket::bind({"127.0.0.1", 0});
    std::array<std::byte, 16> in{};
    auto first = spawn(b.receive_from(in));
    co_await yield();
    co_await a.send_to("x", b.local_endpoint());
    EXPECT_EQ((co_await std::move(first)).size, 1U);
    auto cancelled_one = spawn(b.receive_from(in));
    co_await yield();
    cancelled_one.cancel();
    EXPECT_THROW(co_await std::move(cancelled_one), future_cancelled);
    co_await a.send_to("yy", b.local_endpoint());
    EXPECT_EQ((co_await b.receive_from(in)).size, 2U);
    auto last = spawn(b.receive_from(in));
    co_await yield();
    b.close();
    EXPECT_THROW(co_await std::move(last), closed);
    EXPECT_THROW(b.local_endpoint(), closed);
  }());
}

TEST_P(Udp, WantsNumericAddresses) {
  EXPECT_THROW(udp_socket::bind({"localhost", 0}), error);
  on_engine([]() -> task<> {
    auto a = udp_socket::bind({"127.0.0.1", 0});
    EXPECT_THROW(co_await a.send_to("x", {"localhost", 1}), error);
  }());
}

TUTTI_ON_ENGINES(Udp);

}  // namespace
}  // namespace tutti::net
