/// \file
/// Suites for your own locks, streams and executors: each explores what the contract of tutti's
/// own ones promises, and throws `failure` where yours differs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <tutti/base/time.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/testing/explore.hpp>
#include <tutti/testing/oracles.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/thread/thread.hpp>

namespace tutti::detail {

constexpr std::size_t stream_sizes[] = {1, 2, 7, 100, 5000, 100'000};

inline std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + (i * 31 + i / 251) % 26);
  return out;
}

template <class Stream>
task<void> send_patterns(Stream& to) {
  for (const std::size_t n : stream_sizes) co_await to.write(pattern(n));
  co_await to.shutdown_write();
}

template <class Stream>
task<void> expect_patterns(Stream& from, std::size_t piece) {
  std::string expected;
  for (const std::size_t n : stream_sizes) expected += pattern(n);
  std::string got;
  std::vector<std::byte> buffer(piece);
  for (;;) {
    const std::size_t n = co_await from.read_some(std::span(buffer));
    if (n == 0) break;
    testing::check(n <= piece, "read_some gave more than there was room for");
    got.append(reinterpret_cast<const char*>(buffer.data()), n);
  }
  testing::check(got == expected, "the bytes read are not the bytes written");
  testing::check(co_await from.read_some(std::span(buffer)) == 0, "the end of a stream stays");
}

template <class Stream>
task<void> expect_cancelled_reads_lose_nothing(Stream& a, Stream& b) {
  std::vector<std::byte> buffer(8);
  const bool came = static_cast<bool>(
      co_await move_on_after(std::chrono::milliseconds(5), b.read_some(std::span(buffer))));
  testing::check(!came, "a read gave something before anything was written");
  co_await a.write(std::string("after"));
  co_await a.shutdown_write();
  std::string got;
  for (;;) {
    const std::size_t n = co_await b.read_some(std::span(buffer));
    if (n == 0) break;
    got.append(reinterpret_cast<const char*>(buffer.data()), n);
  }
  testing::check(got == "after", "a cancelled read has lost bytes");
}

template <class Make>
task<void> check_one_stream(Make& make, std::size_t piece) {
  {
    auto [a, b] = make();
    co_await gather(send_patterns(a), send_patterns(b), expect_patterns(a, piece),
                    expect_patterns(b, piece));
  }
  {
    auto [a, b] = make();
    co_await a.shutdown_write();
    co_await gather(send_patterns(b), expect_patterns(a, piece));
  }
  auto [a, b] = make();
  co_await expect_cancelled_reads_lose_nothing(a, b);
}

}  // namespace tutti::detail

namespace tutti::testing {

/// A lock made by `make()` (which gives something like a pointer to it) excludes, lets the next one
/// in, and, where it has `try_lock`, never waits there. `lock` must wait by means of tutti.
/// ```
/// testing::check_lock([] { return std::make_unique<my_lock>(); });
/// ```
template <class Make>
report check_lock(Make make, options how = {.schedules = 2'000}) {
  explore(how, [&] {
    auto lock = make();
    shared<int> x = 0;
    permits_conserved inside{1};
    const auto add = [&] {
      for (int i = 0; i < 2; ++i) {
        lock->lock();
        inside.taken();
        x = x + 1;
        inside.given();
        lock->unlock();
      }
    };
    {
      thread a{"a", add}, b{"b", add}, c{"c", add};
    }
    inside.settle();
    check(x.peek() == 6, "updates under the lock were lost");
  });
  return explore(std::move(how), [&] {
    if constexpr (requires { make()->try_lock(); }) {
      auto lock = make();
      permits_conserved inside{1};
      const auto attempt = [&] {
        if (!lock->try_lock()) return;
        inside.taken();
        yield_point();
        inside.given();
        lock->unlock();
      };
      {
        thread a{"a", attempt}, b{"b", attempt};
      }
      check(lock->try_lock(), "try_lock fails although nobody holds the lock");
      {
        thread other{"other", [&] { check(!lock->try_lock(), "try_lock took a held lock"); }};
      }
      lock->unlock();
    }
  });
}

/// The two connected streams of the pair that `make()` gives (called on a loop) deliver every byte
/// once and in order in both directions at once, into buffers of any size; the end of one direction
/// leaves the other open and is seen for good; a cancelled read loses nothing. Needs `read_some`,
/// `write` and `shutdown_write` as those of net::byte_stream.
/// ```
/// testing::check_stream([] { return testing::memory_stream_pair(1); });
/// ```
template <class Make>
report check_stream(Make make, options how = {.schedules = 20}) {
  report last;
  for (const std::size_t piece : {std::size_t{1'000}, std::size_t{4'097}, std::size_t{65'536}}) {
    last = explore(how, [&] { run(detail::check_one_stream(make, piece)); });
  }
  return last;
}

/// An executor made by `make()` runs everything once, hands on values and errors, keeps the order
/// of `map`, refuses work after shutdown, and its destructor waits.
/// ```
/// testing::check_executor([] { return std::make_unique<my_executor>(); });
/// ```
template <class Make>
report check_executor(Make make, options how = {.schedules = 500}) {
  return explore(std::move(how), [&] {
    constexpr std::uint64_t works = 4;
    exactly_once each;
    {
      auto executor = make();
      std::vector<decltype(executor->submit([] { return 1; }))> results;
      for (std::uint64_t i = 0; i < works; ++i) {
        each.submitted(i);
        results.push_back(executor->submit([&each, i] {
          yield_point();
          each.ended(i);
          return static_cast<int>(i);
        }));
      }
      for (std::uint64_t i = 0; i < works; ++i) {
        check(results[i].get() == static_cast<int>(i), "a future gave another one's value");
      }
      bool thrown = false;
      try {
        executor->submit([]() -> int { throw std::out_of_range("no"); }).get();
      } catch (const std::out_of_range&) {
        thrown = true;
      }
      check(thrown, "an exception did not reach the future");
      const std::vector<int> squares =
          executor->map([](int n) { return n * n; }, std::vector<int>{1, 2, 3}).get();
      check(squares == std::vector<int>{1, 4, 9}, "map does not keep the order");
      each.submitted(works);
      (void)executor->submit([&each] { each.ended(works); });
    }
    each.settle();  // the destructor has waited
    auto closed_one = make();
    closed_one->shutdown();
    bool refused = false;
    try {
      (void)closed_one->submit([] { return 1; });
    } catch (const closed&) {
      refused = true;
    }
    check(refused, "work was taken after shutdown");
  });
}

}  // namespace tutti::testing
