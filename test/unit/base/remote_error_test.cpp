#include <tutti/base/remote_error.hpp>

#include <gtest/gtest.h>

namespace {

TEST(RemoteError, WorkerCrashedAndRemoteErrorCarryWhatTheySay) {
  const tutti::worker_crashed crash("text", 11, 0, "square");
  EXPECT_EQ(crash.signal(), 11);
  EXPECT_EQ(crash.exit_code(), 0);
  EXPECT_EQ(crash.task(), "square");
  const tutti::remote_error remote("my::type", "what", "trace");
  EXPECT_EQ(remote.type(), "my::type");
  EXPECT_STREQ(remote.what(), "what");
  EXPECT_EQ(remote.traceback(), "trace");
}

}  // namespace
