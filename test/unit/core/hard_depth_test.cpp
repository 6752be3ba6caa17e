// Hard cases of depth: errors and cancellation through very long chains of awaits and of scopes, on
// a small stack and in virtual time.
#include <gtest/gtest.h>

#include <pthread.h>

#include <chrono>
#include <functional>
#include <stdexcept>

#include <tutti/core/sleep.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;
using tutti::testing::run_virtual;

constexpr int levels = 50'000;

/// Counts how many of them are alive.
class alive {
 public:
  explicit alive(int& n) noexcept : n_(n) { ++n_; }
  alive(const alive&) = delete;
  alive& operator=(const alive&) = delete;
  ~alive() { --n_; }

 private:
  int& n_;
};

void on_a_small_stack(void* (*body)(void*)) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1U << 20U);
  pthread_t thread{};
  ASSERT_EQ(pthread_create(&thread, &attributes, body, nullptr), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

task<> chain(int n, int& frames, std::function<task<>()>& last) {
  const alive here(frames);
  if (n == 0) {
    co_await last();
  } else {
    co_await chain(n - 1, frames, last);
  }
}

TEST(HardDepth, AnErrorPassesAVeryLongChain) {
  on_a_small_stack([](void*) -> void* {
    int frames = 0;
    std::function<task<>()> last = []() -> task<> {
      co_await sleep(1s);
      throw std::runtime_error("from the bottom");
    };
    EXPECT_THROW(run_virtual(chain(levels, frames, last)), std::runtime_error);
    EXPECT_EQ(frames, 0);
    return nullptr;
  });
}

TEST(HardDepth, ACancellationPassesAVeryLongChain) {
  on_a_small_stack([](void*) -> void* {
    int frames = 0;
    int at_most = 0;
    std::function<task<>()> last = [&]() -> task<> {
      at_most = frames;
      co_await sleep(duration::max());
    };
    EXPECT_FALSE(run_virtual(move_on_after(1s, chain(levels, frames, last))));
    EXPECT_EQ(at_most, levels + 1);
    EXPECT_EQ(frames, 0);
    return nullptr;
  });
}

task<> nest(int n, int& frames, int& cut) {
  const alive here(frames);
  if (n == 0) {
    co_await sleep(duration::max());
    co_return;
  }
  cancel_scope own;
  const bool whole = co_await own.run(nest(n - 1, frames, cut));
  if (!whole) ++cut;
}

TEST(HardDepth, AnOuterCancellationPassesVeryManyScopes) {
  on_a_small_stack([](void*) -> void* {
    int frames = 0;
    int cut = 0;
    EXPECT_FALSE(run_virtual(move_on_after(1s, nest(2'000, frames, cut))));
    EXPECT_EQ(frames, 0);
    EXPECT_EQ(cut, 0) << "a scope took the outer cancellation for its own";
    return nullptr;
  });
}

}  // namespace
}  // namespace tutti
