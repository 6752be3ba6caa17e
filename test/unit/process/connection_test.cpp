#include <tutti/process/connection.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/process/process.hpp>
#include <tutti/process/process_pool.hpp>

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

}  // namespace
