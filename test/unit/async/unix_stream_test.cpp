#include <tutti/async/unix_stream.hpp>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <unistd.h>

#include <tutti/async/serve.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>

#include "engines.hpp"

namespace tutti::net {
namespace {

class Unix : public test::EngineTest {
 protected:
  void SetUp() override {
    test::EngineTest::SetUp();
    path_ =
        (std::filesystem::temp_directory_path() / ("tutti-" + std::to_string(::getpid()) + ".sock"))
            .string();
    std::filesystem::remove(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::string path_;
};

TEST_P(Unix, ConnectsThroughAPath) {
  on_engine([](std::string path) -> task<> {
    auto listener = unix_stream::listen(path);
    auto [a, b] = co_await gather(unix_stream::connect(path), listener.accept());
    co_await a.write("hello\n");
    EXPECT_EQ(co_await b.read_line(), "hello");
    a.close();
    EXPECT_EQ(co_await b.read_line(), std::nullopt);
  }(path_));
}

TEST_P(Unix, SaysWhatIsWrongWithAPath) {
  EXPECT_THROW(unix_stream::listen(""), error);
  EXPECT_THROW(unix_stream::listen(std::string(200, 'x')), error);
  on_engine([](std::string path) -> task<> {
    EXPECT_THROW(co_await unix_stream::connect(path), std::system_error) << "nobody listens";
  }(path_));
}

TEST_P(Unix, WaitsWhileTheQueueIsFull) {
  on_engine([](std::string path) -> task<> {
    auto listener = unix_stream::listen(path, {.backlog = 1});
    std::vector<future<unix_stream>> clients;
    for (int i = 0; i < 8; ++i) clients.push_back(spawn(unix_stream::connect(path)));
    for (int i = 0; i < 8; ++i) {
      auto server = co_await listener.accept();
      co_await server.write("x");
    }
    for (auto& c : clients) {
      auto client = co_await std::move(c);
      EXPECT_EQ(co_await client.read_all(), "x");
    }
  }(path_));
}

TEST_P(Unix, ServesToo) {
  on_engine([](std::string path) -> task<> {
    auto hello = [](unix_stream s) -> task<> { co_await s.write("hello"); };
    auto server = spawn(serve(unix_stream::listen(path), hello));
    auto client = co_await unix_stream::connect(path);
    EXPECT_EQ(co_await client.read_all(), "hello");
    server.cancel();
  }(path_));
}

TUTTI_ON_ENGINES(Unix);

}  // namespace
}  // namespace tutti::net
