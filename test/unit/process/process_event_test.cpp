#include <tutti/process/process_event.hpp>

#include <gtest/gtest.h>

#include <chrono>

#include <tutti/core/gather.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/process/process.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/runtime/to_thread.hpp>

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
tutti::task<void> give_up(process_event e, int& in_time) {
  try {
    co_await tutti::timeout(std::chrono::microseconds(1), e.async_wait());
    ++in_time;
  } catch (const tutti::timeout_error&) {
  }
}
tutti::task<void> give_up_again_and_again() {
  process_event began;
  for (int round = 0; round < 300; ++round) {
    process_event e;
    int in_time = 0;
    auto set = tutti::to_thread([](process_event it) { it.set(); }, e);
    co_await tutti::gather(give_up(e, in_time), give_up(e, in_time), give_up(e, in_time));
    co_await std::move(set);
    EXPECT_LE(in_time, 3);
  }
}
/// The sanitizers look on.
TEST(process_event, may_be_set_while_those_who_wait_give_up) {
  tutti::run(give_up_again_and_again());
}

TEST(process_event, is_awaited_by_tasks) { tutti::run(await_events()); }

}  // namespace
