#include <tutti/process/connection.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/process/process.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>

namespace {

using tutti::connection;

void reply(connection c) {
  try {
    for (;;) c.send(c.receive<std::string>() + "!");
  } catch (const tutti::closed&) {
  }
}

TEST(connection, values_go_both_ways_until_one_end_is_gone) {
  auto [ours, theirs] = tutti::pipe();
  tutti::process peer{"reply", reply, std::move(theirs)};
  ours.send(std::string("one"));
  EXPECT_EQ(ours.receive<std::string>(), "one!");
  const std::string large(300000, 'x');
  ours.send(large);
  EXPECT_EQ(ours.receive<std::string>(), large + "!");
  {
    const connection gone = std::move(ours);
  }
  EXPECT_TRUE(peer.join().ok());
}

TEST(connection, the_end_of_the_peer_is_closed_and_not_a_signal) {
  auto [ours, theirs] = tutti::pipe();
  tutti::process peer{"reply", reply, std::move(theirs)};
  peer.kill();
  peer.join();
  EXPECT_TRUE(ours.poll());
  EXPECT_THROW(ours.receive<int>(), tutti::closed);
  EXPECT_THROW(ours.send(1), tutti::closed);
}

TEST(connection, goes_to_a_pools_task_too) {
  tutti::process_pool pool{{.workers = 1}};
  auto [ours, theirs] = tutti::pipe();
  auto done = pool.submit(reply, std::move(theirs));
  ours.send(std::string("two"));
  EXPECT_EQ(ours.receive<std::string>(), "two!");
  {
    const connection gone = std::move(ours);
  }
  done.get();
}

tutti::task<void> send_much(tutti::connection& c, const std::string& text) {
  for (int i = 0; i < 3; ++i) co_await c.async_send(text);
}
tutti::task<int> receive_much(tutti::connection& c, const std::string& text) {
  int right = 0;
  for (int i = 0; i < 3; ++i) {
    const std::string got = co_await c.async_receive<std::string>();
    right += got == text ? 1 : 0;
  }
  co_return right;
}
tutti::task<void> converse() {
  auto [ours, theirs] = tutti::pipe();
  tutti::process echo{"echo",
                      [](tutti::connection c) {
                        try {
                          for (;;) c.send(c.receive<std::string>());
                        } catch (const tutti::closed&) {
                        }
                      },
                      std::move(theirs)};
  bool in_time = true;
  try {
    co_await tutti::timeout(std::chrono::milliseconds(1), ours.async_receive<std::string>());
  } catch (const tutti::timeout_error&) {
    in_time = false;
  }
  EXPECT_FALSE(in_time);
  const std::string text(std::size_t{1} << 20, 'x');
  auto [nothing, right] = co_await tutti::gather(send_much(ours, text), receive_much(ours, text));
  static_cast<void>(nothing);
  EXPECT_EQ(right, 3);
  { const tutti::connection gone = std::move(ours); }
  const tutti::exit_status s = co_await echo.async_join();
  EXPECT_TRUE(s.ok());
}
TEST(connection, is_awaited_by_tasks_in_both_directions) { tutti::run(converse()); }

}  // namespace
