#include <tutti/testing/contracts.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include <tutti/runtime/event_loop.hpp>
#include <tutti/sync/event.hpp>
#include <tutti/sync/mutex.hpp>
#include <tutti/sync/recursive_mutex.hpp>
#include <tutti/testing/memory_stream.hpp>
#include <tutti/thread/thread_pool.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

template <class F>
std::string failure_of(F search) {
  try {
    search();
  } catch (const lab::failure& f) {
    return f.what();
  }
  return {};
}

/// Looks, then takes: two may do so at once.
class leaky_lock {
 public:
  void lock() {
    while (held_) lab::yield_point();
    held_ = true;
  }
  bool try_lock() {
    if (held_) return false;
    held_ = true;
    return true;
  }
  void unlock() { held_ = false; }

 private:
  lab::atomic<bool> held_ = false;
};

TEST(contracts, our_locks_keep_theirs) {
  lab::check_lock([] { return std::make_unique<mutex>(); }, {.schedules = 500});
  lab::check_lock([] { return std::make_unique<recursive_mutex>(); }, {.schedules = 500});
}

TEST(contracts, a_leaky_lock_is_found) {
  const std::string text =
      failure_of([] { lab::check_lock([] { return std::make_unique<leaky_lock>(); }); });
  EXPECT_NE(text.find("2 hold 1 permits"), std::string::npos) << text;
}

/// Tells one who waits, but forgets those who came while it told.
class sleepy_lock {
 public:
  void lock() {
    while (held_.exchange(true)) came_free_.wait();
  }
  void unlock() {
    held_ = false;
    came_free_.set();
    came_free_.clear();
  }

 private:
  lab::atomic<bool> held_ = false;
  event came_free_;
};

TEST(contracts, a_lock_that_loses_a_wake_is_found) {
  const std::string text =
      failure_of([] { lab::check_lock([] { return std::make_unique<sleepy_lock>(); }); });
  EXPECT_TRUE(text.starts_with("deadlock")) << text;
}

/// An impatient one that waits all the same.
class patient_lock {
 public:
  void lock() { below_.lock(); }
  bool try_lock() {
    below_.lock();
    return true;
  }
  void unlock() { below_.unlock(); }

 private:
  mutex below_;
};

TEST(contracts, a_try_lock_that_waits_is_found) {
  const std::string text =
      failure_of([] { lab::check_lock([] { return std::make_unique<patient_lock>(); }); });
  EXPECT_TRUE(text.starts_with("deadlock")) << text;
}

TEST(contracts, our_streams_keep_theirs) {
  lab::check_stream([] { return lab::memory_stream_pair(); }, {.schedules = 3});
  lab::check_stream([] { return lab::memory_stream_pair(300); }, {.schedules = 3});
}

/// Forgets one byte in five thousand.
struct forgetful {
  net::byte_stream below;
  std::size_t seen = 0;
  task<std::size_t> read_some(std::span<std::byte> into) {
    const std::size_t n = co_await below.read_some(into);
    seen += n;
    co_return seen > 5000 && n > 1 ? n - 1 : n;
  }
  task<void> write(std::string text) { co_await below.write(text); }
  task<void> shutdown_write() { co_await below.shutdown_write(); }
};

TEST(contracts, a_stream_that_forgets_is_found) {
  const std::string text = failure_of([] {
    lab::check_stream([] {
      auto [a, b] = lab::memory_stream_pair();
      return std::pair<forgetful, forgetful>{forgetful{std::move(a)}, forgetful{std::move(b)}};
    });
  });
  EXPECT_NE(text.find("not the bytes written"), std::string::npos) << text;
}

/// Nobody hears that it was closed.
struct quiet {
  net::byte_stream below;
  task<std::size_t> read_some(std::span<std::byte> into) { return below.read_some(into); }
  task<void> write(std::string text) { co_await below.write(text); }
  task<void> shutdown_write() { co_await below.shutdown_write(); }
  void close() {}
};

TEST(contracts, a_close_that_is_no_end_is_found) {
  const std::string text = failure_of([] {
    lab::check_stream([] {
      auto [a, b] = lab::memory_stream_pair();
      return std::pair<quiet, quiet>{quiet{std::move(a)}, quiet{std::move(b)}};
    });
  });
  EXPECT_TRUE(text.starts_with("deadlock")) << text;
}

/// Takes work whatever happens.
class greedy_executor {
 public:
  template <class F, class... Args>
  auto submit(F f, Args... args) {
    return below_->submit(std::move(f), std::move(args)...);
  }
  template <class F, class Inputs>
  auto map(F f, Inputs inputs) {
    return below_->map(std::move(f), std::move(inputs));
  }
  void shutdown() {}

 private:
  std::unique_ptr<thread_pool> below_ =
      std::make_unique<thread_pool>(thread_pool_options{.threads = 1});
};

TEST(contracts, an_executor_that_never_closes_is_found) {
  const std::string text =
      failure_of([] { lab::check_executor([] { return std::make_unique<greedy_executor>(); }); });
  EXPECT_TRUE(text.starts_with("check failed")) << text;
  EXPECT_NE(text.find("work was taken after shutdown"), std::string::npos) << text;
}

TEST(contracts, our_executors_keep_theirs) {
  lab::check_executor(
      [] { return std::make_unique<thread_pool>(thread_pool_options{.threads = 2}); },
      {.schedules = 200});
  lab::check_executor([] { return std::make_unique<event_loop>(); }, {.schedules = 200});
}

}  // namespace
}  // namespace tutti
