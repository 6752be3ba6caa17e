#include <tutti/wire/frame.hpp>

#include <gtest/gtest.h>

namespace {

TEST(frame, a_message_announces_itself) {
  const std::vector<std::byte> body(5, std::byte{1});
  const auto frame = tutti::wire::make_frame(3, body);
  EXPECT_FALSE(tutti::wire::read_head(std::span(frame).first(15)).has_value());
  const auto head = tutti::wire::read_head(frame);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->kind, 3);
  EXPECT_EQ(head->length, 5U);
}

TEST(frame, strangers_other_versions_and_giants_are_refused) {
  auto frame = tutti::wire::make_frame(0, std::vector<std::byte>(5));
  EXPECT_THROW(tutti::wire::read_head(frame, 4), tutti::wire_error);
  frame[4] = std::byte{9};
  EXPECT_THROW(tutti::wire::read_head(frame), tutti::wire_error);
  frame[0] = std::byte{9};
  EXPECT_THROW(tutti::wire::read_head(frame), tutti::wire_error);
}

}  // namespace
