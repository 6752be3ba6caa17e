#include <tutti/wire/bytes.hpp>

#include <gtest/gtest.h>

namespace {

using tutti::wire::byte_reader;
using tutti::wire::byte_writer;

TEST(bytes, a_writer_goes_on_counting_where_its_room_ends) {
  std::byte room[4];
  byte_writer out{room};
  out.put_value(1);
  EXPECT_TRUE(out.fits());
  out.put_text("more");
  EXPECT_FALSE(out.fits());
  EXPECT_EQ(out.total(), 9U);
}

TEST(bytes, counts_take_as_many_bytes_as_they_need) {
  for (const std::uint64_t count :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, ~std::uint64_t{0}}) {
    std::byte room[16];
    byte_writer out{room};
    out.put_count(count);
    byte_reader in{std::span(room).first(out.total())};
    EXPECT_EQ(in.take_count(), count);
    EXPECT_TRUE(in.at_end());
  }
}

TEST(bytes, a_count_longer_than_64_bits_is_refused) {
  const std::vector<std::byte> bytes(11, std::byte{0xff});
  byte_reader in{bytes};
  EXPECT_THROW(in.take_count(), tutti::wire_error);
}

TEST(bytes, a_text_longer_than_what_is_left_is_refused) {
  const std::byte bytes[] = {std::byte{200}, std::byte{1}, std::byte{'x'}};
  byte_reader in{bytes};
  EXPECT_THROW(in.take_text(), tutti::wire_error);
}

}  // namespace
