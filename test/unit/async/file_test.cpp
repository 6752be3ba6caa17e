#include <tutti/async/file.hpp>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include <unistd.h>

#include <tutti/base/error.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>

#include "engines.hpp"

namespace tutti {
namespace {

std::string text(std::span<const std::byte> b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}

class File : public test::EngineTest {
 protected:
  void SetUp() override {
    test::EngineTest::SetUp();
    path_ =
        (std::filesystem::temp_directory_path() / ("tutti-" + std::to_string(::getpid()) + ".txt"))
            .string();
    std::filesystem::remove(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::string path_;
};

constexpr file::mode fresh = file::read | file::write | file::create | file::truncate;

TEST_P(File, WritesAndReads) {
  on_engine([](std::string path) -> task<> {
    auto f = co_await file::open(path, fresh);
    co_await f.write_all("hel");
    co_await f.write_all("lo");
    co_await f.fsync();
    std::array<std::byte, 4> buffer{};
    EXPECT_EQ(co_await f.read_at(buffer, 1), 4U);
    EXPECT_EQ(text(buffer), "ello");
    EXPECT_EQ(co_await f.write_at(buffer, 5), 4U);
    EXPECT_EQ(co_await f.read_all(), "helloello");
    EXPECT_EQ(co_await f.read_at(buffer, 7), 2U) << "near the end";
    EXPECT_EQ(co_await f.read_at(buffer, 100), 0U);
    EXPECT_THROW(co_await f.read_all(5), error);
    f.close();
    EXPECT_FALSE(f.is_open());
    EXPECT_THROW(co_await f.read_all(), closed);
  }(path_));
}

TEST_P(File, KeepsTheModes) {
  on_engine([](std::string path) -> task<> {
    EXPECT_THROW(co_await file::open(path), std::system_error) << "it does not exist";
    auto made = co_await file::open(path, file::write | file::create | file::exclusive);
    EXPECT_THROW(co_await file::open(path, file::write | file::create | file::exclusive),
                 std::system_error);
    co_await made.write_all("one");
    EXPECT_THROW(co_await made.read_all(), std::system_error) << "only for writing";
    auto more = co_await file::open(path, file::append);
    co_await more.write_at("two", 0);
    auto seen = co_await file::open(path, file::read);
    EXPECT_EQ(co_await seen.read_all(), "onetwo");
    EXPECT_THROW(co_await seen.write_all("x"), std::system_error) << "only for reading";
  }(path_));
}

TEST_P(File, MovesALot) {
  on_engine([](std::string path) -> task<> {
    auto f = co_await file::open(path, fresh);
    std::string all(3'000'000, ' ');
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>('a' + i % 23);
    co_await f.write_all(all);
    EXPECT_TRUE(co_await f.read_all() == all);
  }(path_));
}

TEST_P(File, SeveralTasksAtOnce) {
  on_engine([](std::string path) -> task<> {
    auto f = co_await file::open(path, fresh);
    const auto put = [](file* to, std::size_t i) -> task<> {
      const std::string digit(1, static_cast<char>('0' + i));
      co_await to->write_at(digit, i);
    };
    std::vector<task<>> all;
    for (std::size_t i = 0; i < 10; ++i) all.push_back(put(&f, i));
    co_await gather(std::move(all));
    EXPECT_EQ(co_await f.read_all(), "0123456789");
  }(path_));
}

TEST_P(File, ACancelledOperationLeavesNothingBehind) {
  const std::size_t before = test::open_descriptors();
  on_engine([](std::string path) -> task<> {
    auto f = co_await file::open(path, fresh);
    co_await f.write_all("hello");
    for (int turns = 0; turns < 4; ++turns) {
      std::string buffer(5, ' ');
      auto reading = spawn(f.read_at(std::as_writable_bytes(std::span(buffer)), 0));
      auto opening = spawn(file::open(path));
      for (int i = 0; i < turns; ++i) co_await yield();
      reading.cancel();
      opening.cancel();
      auto [n, opened] = co_await gather_settled(std::move(reading), std::move(opening));
      if (n) {
        EXPECT_EQ(buffer, "hello") << "what was done all the same is reported as done";
      }
    }
    EXPECT_EQ(co_await f.read_all(), "hello");
  }(path_));
  EXPECT_EQ(test::open_descriptors(), before);
}

TUTTI_ON_ENGINES(File);

}  // namespace
}  // namespace tutti
