#include <tutti/async/endpoint.hpp>

#include <gtest/gtest.h>

namespace tutti::net {
namespace {

TEST(Endpoint, KeepsHostAndPort) {
  const endpoint e{"127.0.0.1", 80};
  EXPECT_EQ(e.host(), "127.0.0.1");
  EXPECT_EQ(e.port(), 80);
  EXPECT_EQ(e.text(), "127.0.0.1:80");
  EXPECT_EQ(e, (endpoint{"127.0.0.1", 80}));
  EXPECT_NE(e, (endpoint{"127.0.0.1", 81}));
}

TEST(Endpoint, WritesSixInBrackets) { EXPECT_EQ((endpoint{"::1", 443}.text()), "[::1]:443"); }

}  // namespace
}  // namespace tutti::net
