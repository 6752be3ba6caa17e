#include <tutti/core/executor_options.hpp>

#include <gtest/gtest.h>

#include <tutti/sync/event.hpp>
#include <tutti/thread/thread_pool.hpp>

namespace {

using namespace tutti;

TEST(ExecutorOptions, LeaveTheChoiceToTheExecutor) {
  EXPECT_EQ(map_options{}.chunk, 0U);
  EXPECT_FALSE(shutdown_options{}.cancel_pending);
}

TEST(ExecutorOptions, CancelPendingKeepsWhatRunsAndDropsWhatWaits) {
  thread_pool pool{{.threads = 1}};
  event started;
  event go_on;
  future<int> running = pool.submit([&] {
    started.set();
    go_on.wait();
    return 1;
  });
  future<int> waiting = pool.submit([] { return 2; });
  started.wait();
  // From outside: the worker is busy until the shutdown has taken the waiting work.
  waiting.on_done([&](auto&) { go_on.set(); });
  pool.shutdown({.cancel_pending = true});
  EXPECT_EQ(running.get(), 1);
  EXPECT_THROW(waiting.get(), future_cancelled);
}

}  // namespace
