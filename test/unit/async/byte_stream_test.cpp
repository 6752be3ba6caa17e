#include <tutti/async/byte_stream.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <vector>

#include <tutti/async/tcp.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/sys/world.hpp>

#include "engines.hpp"

namespace tutti::net {
namespace {

using namespace std::chrono_literals;

struct ends {
  tcp_stream here;
  tcp_stream there;
};

task<ends> pair() {
  auto listener = listen({"127.0.0.1", 0});
  auto [a, b] =
      co_await gather(connect("127.0.0.1", listener.local_endpoint().port()), listener.accept());
  co_return ends{std::move(a), std::move(b)};
}

std::span<const std::byte> bytes(std::string_view s) { return std::as_bytes(std::span(s)); }
std::string text(std::span<const std::byte> b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}

class ByteStream : public test::EngineTest {};

TEST_P(ByteStream, ReadsSomeAndSeesTheEnd) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    co_await a.write("abc");
    std::array<std::byte, 10> in{};
    const std::size_t n = co_await b.read_some(in);
    EXPECT_EQ(text(std::span(in).first(n)), "abc");
    co_await a.shutdown_write();
    EXPECT_EQ(co_await b.read_some(in), 0U);
    EXPECT_EQ(co_await b.read_some(in), 0U) << "the end stays";
    co_await b.write("still open this way");
    b.close();
    EXPECT_EQ(co_await a.read_all(), "still open this way");
  }());
}

TEST_P(ByteStream, GivesWhatASmallReadLeftToTheNext) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    co_await a.write("abcdef");
    std::array<std::byte, 2> two{};
    std::array<std::byte, 4> four{};
    co_await b.read_exactly(two);
    EXPECT_EQ(text(two), "ab");
    co_await b.read_exactly(four);
    EXPECT_EQ(text(four), "cdef");
  }());
}

TEST_P(ByteStream, ReadsLines) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    co_await a.write("one\r\n\ntwo\nlast");
    a.close();
    EXPECT_EQ(co_await b.read_line(), "one");
    EXPECT_EQ(co_await b.read_line(), "");
    EXPECT_EQ(co_await b.read_line(), "two");
    EXPECT_EQ(co_await b.read_line(), "last") << "a last line without an end counts";
    EXPECT_EQ(co_await b.read_line(), std::nullopt);
  }());
}

TEST_P(ByteStream, RefusesALineBeyondItsLimitAndTakesNothing) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    co_await a.write("0123456789\n");
    EXPECT_THROW(co_await b.read_line(9), error);
    EXPECT_EQ(co_await b.read_line(10), "0123456789");
  }());
}

TEST_P(ByteStream, ReadsUpToADelimiter) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    co_await a.write("key--val");
    EXPECT_EQ(co_await b.read_until("--", 10), "key--");
    auto rest = spawn(b.read_until("--", 10));
    co_await yield();
    co_await a.write("-");
    co_await yield();
    co_await a.write("-");
    EXPECT_EQ(co_await std::move(rest), "val--") << "a delimiter in two pieces";
    co_await a.write("0123456789--");
    EXPECT_THROW(co_await b.read_until("--", 5), error);
    EXPECT_EQ(co_await b.read_until("--", 12), "0123456789--");
    co_await a.write("tail");
    a.close();
    try {
      co_await b.read_until("--");
      ADD_FAILURE() << "it ended before the delimiter";
    } catch (const end_of_stream& e) {
      EXPECT_EQ(e.received(), 4U);
    }
    EXPECT_EQ(co_await b.read_all(), "tail") << "what came is still there";
  }());
}

TEST_P(ByteStream, SaysHowMuchCameBeforeTheEnd) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    co_await a.write("abc");
    a.close();
    std::array<std::byte, 4> four{};
    try {
      co_await b.read_exactly(four);
      ADD_FAILURE() << "only three bytes came";
    } catch (const end_of_stream& e) {
      EXPECT_STREQ(e.what(), "the stream ended after 3 of 4 bytes");
    }
    EXPECT_EQ(co_await b.read_all(), "abc");
  }());
}

TEST_P(ByteStream, MovesMoreThanTheSystemKeeps) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    std::vector<std::byte> out(8 << 20);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(i * 7 + i / 4099);
    auto sent = spawn(a.write(std::span<const std::byte>(out)));
    std::vector<std::byte> in(out.size());
    co_await b.read_exactly(in);
    co_await std::move(sent);
    EXPECT_TRUE(in == out);
  }());
}

TEST_P(ByteStream, KeepsWhatACancelledReadHadReceived) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    co_await a.write("half");
    std::array<std::byte, 8> eight{};
    auto first = spawn(b.read_exactly(eight));
    co_await yield();
    co_await yield();
    first.cancel();
    EXPECT_THROW(co_await std::move(first), future_cancelled);
    std::vector<std::byte> large(100'000);
    auto second = spawn(b.read_exactly(large));
    co_await yield();
    second.cancel();
    EXPECT_THROW(co_await std::move(second), future_cancelled);
    auto third = spawn(b.read_line());
    co_await yield();
    third.cancel();
    EXPECT_THROW(co_await std::move(third), future_cancelled);
    auto fourth = spawn(b.read_all());
    co_await yield();
    fourth.cancel();
    EXPECT_THROW(co_await std::move(fourth), future_cancelled);
    co_await a.write("full");
    co_await b.read_exactly(eight);
    EXPECT_EQ(text(eight), "halffull");
  }());
}

TEST_P(ByteStream, ACancelledScopeReadsNothing) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    co_await a.write("abc");
    std::array<std::byte, 3> in{};
    const bool done = co_await move_on_after(0ns, b.read_exactly(in));
    if (!done) co_await b.read_exactly(in);
    EXPECT_EQ(text(in), "abc");
  }());
}

TEST_P(ByteStream, CloseWakesWhoWaits) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    auto line = spawn(a.read_line());
    co_await yield();
    a.close();
    EXPECT_THROW(co_await std::move(line), closed);
    EXPECT_THROW(co_await a.read_line(), closed);
    EXPECT_THROW(co_await a.write("x"), closed);
    EXPECT_FALSE(a.is_open());
    a.close();
    EXPECT_EQ(co_await b.read_line(), std::nullopt);
    auto moved = std::move(b);
    EXPECT_THROW(co_await b.read_line(), closed);
  }());
}

TEST_P(ByteStream, RefusesASecondReader) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    auto line = spawn(a.read_line());
    co_await yield();
    EXPECT_THROW(co_await a.read_line(), error);
    co_await b.write("for the first\n");
    EXPECT_EQ(co_await std::move(line), "for the first");
  }());
}

TEST_P(ByteStream, OneTaskReadsWhileAnotherWrites) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    auto line = spawn(a.read_line());
    co_await yield();
    co_await a.write("question\n");
    EXPECT_EQ(co_await b.read_line(), "question");
    co_await b.write("answer\n");
    EXPECT_EQ(co_await std::move(line), "answer");
  }());
}

TEST_P(ByteStream, ABusyStreamLetsOthersRun) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    co_await a.write(std::string(1000, 'x'));
    bool others_ran = false;
    auto other = spawn(
        [](bool* ran) -> task<> {
          *ran = true;
          co_return;
        },
        &others_ran);
    std::array<std::byte, 1> one{};
    for (int i = 0; i < 500; ++i) co_await a.write(bytes("y"));
    EXPECT_TRUE(others_ran);
    co_await b.read_exactly(one);
    co_await std::move(other);
  }());
}

TEST_P(ByteStream, AWriteToNobodyFails) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    b.close();
    const auto write_on = [](tcp_stream& s) -> task<> {
      for (;;) co_await s.write("x");
    };
    EXPECT_THROW(co_await write_on(a), std::system_error);
  }());
}

/// Counts the calls of one site while it lives, and fails the first `fail_first` with EAGAIN.
struct call_counter {
  explicit call_counter(std::string_view which, int fail_first = 0) {
    site = which;
    calls = 0;
    to_fail = fail_first;
    sys::set_fault_source([](std::string_view asked) noexcept {
      if (asked != site) return 0;
      ++calls;
      return to_fail-- > 0 ? EAGAIN : 0;
    });
  }
  ~call_counter() { sys::set_fault_source(nullptr); }
  call_counter(const call_counter&) = delete;
  call_counter& operator=(const call_counter&) = delete;
  static inline std::string_view site;
  static inline int calls = 0;
  static inline int to_fail = 0;
};

TEST_P(ByteStream, SmallWritesOfOneTurnGoOutTogether) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    const call_counter sends("net.write");
    for (int i = 0; i < 10; ++i) co_await a.write("line\n");
    EXPECT_EQ(call_counter::calls, 0);
    co_await yield();
    EXPECT_EQ(call_counter::calls, 1) << "sent when the task gave way";
    for (int i = 0; i < 10; ++i) EXPECT_EQ(co_await b.read_line(), "line");
    co_await a.write("x\n");
    co_await a.flush();
    EXPECT_EQ(call_counter::calls, 2);
    co_await a.write("y\n");
    co_await a.write(std::string(100'000, 'z') + "\n");
    EXPECT_EQ(co_await b.read_line(), "x");
    EXPECT_EQ(co_await b.read_line(), "y");
    EXPECT_EQ((co_await b.read_line())->size(), 100'000U);
  }());
}

TEST_P(ByteStream, AQuestionIsSentBeforeItsAnswerIsRead) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    const call_counter sends("net.write");
    auto server = spawn(
        [](tcp_stream* s) -> task<> {
          while (auto line = co_await s->read_line()) co_await s->write(*line + "!\n");
        },
        &b);
    for (int i = 0; i < 5; ++i) {
      co_await a.write("hm\n");
      EXPECT_EQ(co_await a.read_line(), "hm!");
    }
    EXPECT_EQ(call_counter::calls, 10);
    co_await a.shutdown_write();
    co_await std::move(server);
  }());
}

TEST_P(ByteStream, WhatWasWrittenArrivesThoughTheStreamIsClosed) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    {
      const call_counter sends("net.write", 1);  // the system takes nothing when it is closed
      co_await b.write("last words");
      b.close();
      EXPECT_FALSE(b.is_open());
      EXPECT_EQ(co_await a.read_all(), "last words");
    }
  }());
}

// Symptom: what a stream held when it was closed was lost if the run ended at once.
TEST_P(ByteStream, WhatWasWrittenArrivesThoughTheRunEnds) {
  std::optional<tcp_stream> reader;
  {
    const call_counter sends("net.write", 1);  // the system takes nothing when it is closed
    on_engine([](std::optional<tcp_stream>& to) -> task<> {
      auto [a, b] = co_await pair();
      co_await b.write("last words");
      b.close();
      to.emplace(std::move(a));
    }(reader));
  }
  on_engine([](std::optional<tcp_stream>& from) -> task<> {
    EXPECT_EQ(co_await from->read_all(), "last words");
    from.reset();
  }(reader));
}

TEST_P(ByteStream, TheRestFollowsWhenTheSystemTakesMore) {
  on_engine([]() -> task<> {
    auto [a, b] = co_await pair();
    const call_counter sends("net.write", 1);
    co_await b.write("one ");
    co_await yield();
    co_await b.write("two\n");
    EXPECT_EQ(co_await a.read_line(), "one two");
  }());
}

TUTTI_ON_ENGINES(ByteStream);

}  // namespace
}  // namespace tutti::net
