#include <tutti/sys/descriptor.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace {

bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

TEST(Descriptor, ClosesOnceAndMoves) {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  {
    tutti::sys::descriptor a(fd);
    tutti::sys::descriptor b(std::move(a));
    EXPECT_FALSE(a);
    EXPECT_EQ(b.get(), fd);
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(Descriptor, ReleaseGivesItAway) {
  tutti::sys::descriptor a(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int fd = a.release();
  EXPECT_FALSE(a);
  EXPECT_TRUE(is_open(fd));
  close(fd);
}

}  // namespace
