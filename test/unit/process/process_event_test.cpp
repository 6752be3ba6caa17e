#include <tutti/process/process_event.hpp>

#include <gtest/gtest.h>

#include <chrono>

#include <tutti/process/process.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/runtime/run.hpp>

namespace {

using namespace std::chrono_literals;
using tutti::process_event;

void answer(process_event asked, process_event answered) {
  asked.wait();
  answered.set();
}

TEST(process_event, wakes_another_process) {
  process_event asked;
  process_event answered;
  tutti::process p{"answer", answer, asked, answered};
  EXPECT_FALSE(answered.is_set());
  EXPECT_FALSE(answered.try_wait_for(1ms));
  asked.set();
  answered.wait();
  EXPECT_TRUE(answered.try_wait_for(0ms));
  answered.clear();
  EXPECT_FALSE(answered.is_set());
  EXPECT_TRUE(p.join().ok());
}

tutti::task<void> await_events() {
  tutti::process_event go;
  tutti::process_event done;
  tutti::process_pool pool{{.workers = 1}};
  auto far = pool.submit(
      [](tutti::process_event a, tutti::process_event b) {
        a.wait();
        b.set();
      },
      go, done);
  bool in_time = true;
  try {
    co_await tutti::timeout(std::chrono::milliseconds(1), done.async_wait());
  } catch (const tutti::timeout_error&) {
    in_time = false;
  }
  EXPECT_FALSE(in_time);
  go.set();
  co_await tutti::gather(done.async_wait(), done.async_wait(), go.async_wait());
  EXPECT_TRUE(done.is_set());
  co_await std::move(far);
}
TEST(process_event, is_awaited_by_tasks) { tutti::run(await_events()); }

}  // namespace
