#include <tutti/async/serve.hpp>

#include <chrono>
#include <vector>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>

#include "engines.hpp"

namespace tutti::net {
namespace {

class Serve : public test::EngineTest {};

task<> echo(tcp_stream s) {
  while (auto line = co_await s.read_line()) co_await s.write(*line + "\n");
}

task<std::string> ask(std::uint16_t port, std::string question) {
  auto s = co_await connect("127.0.0.1", port);
  co_await s.write(question + "\n");
  co_return (co_await s.read_line()).value_or("nothing");
}

TEST_P(Serve, RunsOneTaskAConnection) {
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    const auto port = listener.local_endpoint().port();
    auto server = spawn(serve(std::move(listener), echo));
    std::vector<task<std::string>> questions;
    for (int i = 0; i < 100; ++i) questions.push_back(ask(port, std::to_string(i)));
    const auto answers = co_await gather(std::move(questions));
    for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i], std::to_string(i));
    server.cancel();
    EXPECT_THROW(co_await std::move(server), future_cancelled);
  }());
}

TEST_P(Serve, TheHandlerMayBeALambdaThatKnowsThings) {
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    const auto port = listener.local_endpoint().port();
    int served = 0;
    auto handler = [&served](tcp_stream s) -> task<> {
      ++served;
      co_await s.write("hello\n");
    };
    auto server = spawn(serve(std::move(listener), std::move(handler)));
    EXPECT_EQ(co_await ask(port, ""), "hello");
    EXPECT_EQ(served, 1);
    server.cancel();
  }());
}

TEST_P(Serve, AHandlerThatThrowsEndsOnlyItsOwnConnection) {
  static std::vector<std::string> reported;
  reported.clear();
  const auto former = detail::set_unobserved_handler(
      [](std::string_view name, const std::exception_ptr& e) noexcept {
        reported.push_back(std::string(name) + " " + detail::describe(e));
      });
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    const auto port = listener.local_endpoint().port();
    auto moody = [](tcp_stream s) -> task<> {
      auto line = co_await s.read_line();
      if (line == "bad") throw std::runtime_error("I do not like that");
      co_await s.write("good\n");
    };
    auto server = spawn(serve(std::move(listener), moody));
    EXPECT_EQ(co_await ask(port, "bad"), "nothing");
    EXPECT_EQ(co_await ask(port, "nice"), "good");
    server.cancel();
  }());
  detail::set_unobserved_handler(former);
  ASSERT_EQ(reported.size(), 1U);
  EXPECT_NE(reported[0].find("connection of 127.0.0.1:"), std::string::npos) << reported[0];
  EXPECT_NE(reported[0].find("I do not like that"), std::string::npos) << reported[0];
}

TEST_P(Serve, KeepsToItsLimit) {
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    const auto port = listener.local_endpoint().port();
    int now = 0;
    int most = 0;
    auto handler = [&now, &most](tcp_stream s) -> task<> {
      most = std::max(most, ++now);
      auto line = co_await s.read_line();
      co_await yield();
      co_await s.write(line.value_or("") + "\n");
      --now;
    };
    auto server = spawn(serve(std::move(listener), std::move(handler), {.max_connections = 3}));
    std::vector<task<std::string>> questions;
    for (int i = 0; i < 20; ++i) questions.push_back(ask(port, "x"));
    for (const auto& a : co_await gather(std::move(questions))) EXPECT_EQ(a, "x");
    EXPECT_EQ(most, 3);
    server.cancel();
  }());
}

TEST_P(Serve, CancelEndsTheConnections) {
  const std::size_t before = test::open_descriptors();
  on_engine([]() -> task<> {
    auto listener = listen({"127.0.0.1", 0});
    const auto port = listener.local_endpoint().port();
    auto server = spawn(serve(std::move(listener), echo));
    auto s = co_await connect("127.0.0.1", port);
    co_await s.write("x\n");
    EXPECT_EQ(co_await s.read_line(), "x");
    server.cancel();
    EXPECT_THROW(co_await std::move(server), future_cancelled);
    EXPECT_EQ(co_await s.read_line(), std::nullopt);
    EXPECT_THROW(co_await connect("127.0.0.1", port), std::system_error)
        << "nobody listens any more";
  }());
  EXPECT_EQ(test::open_descriptors(), before);
}

TUTTI_ON_ENGINES(Serve);

}  // namespace
}  // namespace tutti::net
