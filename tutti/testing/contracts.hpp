/// \file
/// Suites for your own locks, streams and executors: each explores what the contract of tutti's
/// own ones promises, and throws `failure` where yours differs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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

constexpr std::size_t large_sizes[] = {1, 2, 7, 100, 5000, 100'000};
constexpr std::size_t small_sizes[] = {1, 2, 7, 50};
/// What goes through it, for buffers of `piece` bytes.
constexpr std::span<const std::size_t> stream_sizes(std::size_t piece) {
  return piece < 100 ? std::span<const std::size_t>(small_sizes)
                     : std::span<const std::size_t>(large_sizes);
}

inline std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + (i * 31 + i / 251) % 26);
  return out;
}

template <class Stream>
task<void> send_patterns(Stream& to, std::size_t piece) {
  for (const std::size_t n : stream_sizes(piece)) co_await to.write(pattern(n));
  co_await to.shutdown_write();
}

template <class Stream>
task<void> expect_patterns(Stream& from, std::size_t piece) {
  std::string expected;
  for (const std::size_t n : stream_sizes(piece)) expected += pattern(n);
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
task<std::string> rest_of(Stream& from) {
  std::string got;
  std::vector<std::byte> buffer(1000);
  for (;;) {
    const std::size_t n = co_await from.read_some(std::span(buffer));
    if (n == 0) co_return got;
    got.append(reinterpret_cast<const char*>(buffer.data()), n);
  }
}

template <class Stream>
task<void> expect_cancelled_writes_keep_the_order(Stream& a, Stream& b) {
  const std::string much = pattern(1'000'000);
  const bool whole =
      static_cast<bool>(co_await move_on_after(std::chrono::milliseconds(5), a.write(much)));
  const auto goes_on = [&]() -> task<void> {
    co_await a.write(std::string("!"));
    co_await a.shutdown_write();
  };
  const auto reads = [&]() -> task<void> {
    std::string got = co_await rest_of(b);
    testing::check(!got.empty() && got.back() == '!', "what followed a cancelled write is lost");
    got.pop_back();
    testing::check(whole ? got == much : much.starts_with(got),
                   "a cancelled write has sent something else than a part from the beginning");
  };
  co_await gather(goes_on(), reads());
}

template <class Stream>
task<void> expect_closing_is_an_end(Stream& a, Stream& b) {
  co_await a.write(std::string("last words"));
  a.close();
  const std::string got = co_await rest_of(b);
  testing::check(got == "last words", "what was written before closing is lost");
}

template <class Stream>
task<void> expect_cancelled_reads_lose_nothing(Stream& a, Stream& b) {
  std::vector<std::byte> buffer(8);
  const bool came = static_cast<bool>(
      co_await move_on_after(std::chrono::milliseconds(5), b.read_some(std::span(buffer))));
  testing::check(!came, "a read gave something before anything was written");
  co_await a.write(std::string("after"));
  co_await a.shutdown_write();
  const std::string got = co_await rest_of(b);
  testing::check(got == "after", "a cancelled read has lost bytes");
}

template <class Make>
task<void> check_one_stream(Make& make, std::size_t piece) {
  {
    auto [a, b] = make();
    co_await gather(send_patterns(a, piece), send_patterns(b, piece), expect_patterns(a, piece),
                    expect_patterns(b, piece));
  }
  {
    auto [a, b] = make();
    co_await a.shutdown_write();
    co_await gather(send_patterns(b, piece), expect_patterns(a, piece));
  }
  if (piece > 1) co_return;
  {
    auto [a, b] = make();
    co_await expect_cancelled_writes_keep_the_order(a, b);
  }
  auto ends = make();
  if constexpr (requires { ends.first.close(); }) {
    co_await expect_closing_is_an_end(ends.first, ends.second);
  }
  auto [a, b] = make();
  co_await expect_cancelled_reads_lose_nothing(a, b);
}

template <class Lock>
task<void> add_one(Lock& lock, testing::shared<int>& x) {
  const auto guard = co_await lock.async_lock();
  const int before = x;
  co_await sleep(std::chrono::milliseconds(1));
  x = before + 1;
}
template <class Lock>
task<void> hold(Lock& lock, duration so_long) {
  const auto guard = co_await lock.async_lock();
  co_await sleep(so_long);
}
/// Tasks exclude each other; one that gives up waiting has left nothing behind.
template <class Lock>
task<void> check_lock_of_tasks(Lock& lock) {
  testing::shared<int> x = 0;
  co_await gather(add_one(lock, x), add_one(lock, x), add_one(lock, x));
  testing::check(x.peek() == 3, "updates of tasks under the lock were lost");
  const auto gives_up = [&]() -> task<void> {
    const bool got = static_cast<bool>(
        co_await move_on_after(std::chrono::milliseconds(5), hold(lock, duration::zero())));
    testing::check(!got, "async_lock took a held lock");
  };
  co_await gather(hold(lock, std::chrono::seconds(1)), gives_up(), gives_up());
  const bool free = static_cast<bool>(
      co_await move_on_after(std::chrono::hours(1), hold(lock, duration::zero())));
  testing::check(free, "a cancelled async_lock has kept the lock");
}

template <class Executor>
void check_calls(Executor& executor) {
  auto sum = executor.submit([](int a, int b) { return a + b; }, 1, 2);
  testing::check(sum.get() == 3, "the arguments of submit did not arrive");
  auto owner = executor.submit([](std::unique_ptr<int> p) { return *p; }, std::make_unique<int>(7));
  testing::check(owner.get() == 7, "an argument that can only be moved did not arrive");
  executor.submit([] {}).get();
  bool thrown = false;
  try {
    executor.submit([]() -> int { throw std::out_of_range("no"); }).get();
  } catch (const std::out_of_range&) {
    thrown = true;
  }
  testing::check(thrown, "an exception did not reach the future");
}

template <class Executor>
void check_maps(Executor& executor) {
  const std::vector<int> numbers{1, 2, 3};
  const auto square = [](int n) { return n * n; };
  const std::vector<int> squares = executor.map(square, numbers).get();
  testing::check(squares == std::vector<int>{1, 4, 9}, "map does not keep the order");
  bool thrown = false;
  try {
    const auto refuse = [](int n) { return n == 2 ? throw std::out_of_range("no") : n; };
    (void)executor.map(refuse, numbers).get();
  } catch (const std::out_of_range&) {
    thrown = true;
  }
  testing::check(thrown, "an exception in map did not reach its future");
  if constexpr (requires { executor.imap(square, numbers); }) {
    std::vector<int> got;
    for (const int n : executor.imap(square, numbers)) got.push_back(n);
    testing::check(got == squares, "imap does not keep the order");
    int sum = 0;
    for (const int n : executor.imap_unordered(square, numbers)) sum += n;
    testing::check(sum == 14, "imap_unordered does not give each result once");
  }
}

/// With `cancel_pending`, each piece of work has run or says that it was cancelled.
template <class Executor>
void check_cancelling_shutdown(Executor& executor) {
  if constexpr (requires { executor.shutdown({.cancel_pending = true}); }) {
    int ran = 0;
    std::vector<decltype(executor.submit([] { return 1; }))> results;
    for (int i = 0; i < 4; ++i) {
      results.push_back(executor.submit([] {
        testing::yield_point();
        return 1;
      }));
    }
    executor.shutdown({.cancel_pending = true});
    for (auto& r : results) {
      try {
        ran += r.get();
      } catch (const future_cancelled&) {
        ++ran;
      }
    }
    testing::check(ran == 4, "a cancelling shutdown has lost work");
  }
}

}  // namespace tutti::detail

namespace tutti::testing {

/// A lock made by `make()` (which gives something like a pointer to it) excludes, lets the next one
/// in, and, where it has `try_lock`, never waits there; where it has `async_lock`, the same holds
/// between tasks, and one that gives up leaves nothing behind. `lock` must wait by means of tutti.
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
    { thread a{"a", add}, b{"b", add}, c{"c", add}; }
    inside.settle();
    check(x.peek() == 6, "updates under the lock were lost");
  });
  explore(how, [&] {
    if constexpr (requires { make()->async_lock(); }) {
      auto lock = make();
      run(detail::check_lock_of_tasks(*lock));
    }
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
      { thread a{"a", attempt}, b{"b", attempt}; }
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
/// leaves the other open and is seen for good; a cancelled read loses nothing, a cancelled write
/// has sent a part from the beginning; `close`, if there is one, is an end. Needs `read_some`,
/// `write` and `shutdown_write` as those of net::byte_stream.
/// ```
/// testing::check_stream([] { return testing::memory_stream_pair(1); });
/// ```
template <class Make>
report check_stream(Make make, options how = {.schedules = 20}) {
  report last;
  for (const std::size_t piece : {1'000UL, 4'097UL, 65'536UL, 7UL, 1UL}) {
    last = explore(how, [&] { run(detail::check_one_stream(make, piece)); });
  }
  return last;
}

/// An executor made by `make()` runs everything once, hands on arguments, values and errors, keeps
/// the order of `map` (and `imap`, if it has that), refuses work after shutdown, loses none in a
/// cancelling one (if it has that), and its destructor waits.
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
      detail::check_calls(*executor);
      detail::check_maps(*executor);
      each.submitted(works);
      (void)executor->submit([&each] { each.ended(works); });
    }
    each.settle();  // the destructor has waited
    auto hurried_one = make();
    detail::check_cancelling_shutdown(*hurried_one);
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
