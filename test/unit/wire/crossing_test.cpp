#include <tutti/wire/crossing.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include <tutti/wire/archive.hpp>

namespace {
class picture {  // neither an aggregate nor copyable as bytes
 public:
  explicit picture(std::string name) : name_(std::move(name)) {}
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};
struct opaque {
  explicit opaque(std::string text) : text_(std::move(text)) {}
  std::string text_;
};
}  // namespace

template <>
struct tutti::wire::crossing<picture> {
  static void encode(byte_writer& out, const picture& p) { out.put_text(p.name()); }
  static picture decode(byte_reader& in) { return picture{in.take_text()}; }
};

namespace {

struct refers {
  int id;
  int& where;
};
struct refers_to_a_constant {
  int id;
  const int& where;
};
struct refers_to_what_goes {
  std::string&& where;
  int id;
};
struct has_a_constant {
  const int id;
  std::string text;
};
struct is_long {
  int id;
  char text[300];
};

TEST(crossing, no_address_travels_as_if_it_were_a_value) {
  EXPECT_FALSE(tutti::wire::crosses<refers>);
  EXPECT_FALSE(tutti::wire::crosses<refers_to_a_constant>);
  EXPECT_FALSE(tutti::wire::crosses<refers_to_what_goes>);
  EXPECT_FALSE(tutti::wire::crosses<std::vector<refers>>);
  EXPECT_FALSE((tutti::wire::crosses<std::pair<int, int&>>));
  EXPECT_TRUE(tutti::wire::crosses<has_a_constant>);
  EXPECT_TRUE(tutti::wire::crosses<is_long>);
  const has_a_constant sent{7, "text"};
  const auto got = tutti::wire::from_bytes<has_a_constant>(tutti::wire::to_bytes(sent));
  EXPECT_EQ(got.id, 7);
  EXPECT_EQ(got.text, "text");
}

TEST(crossing, a_type_can_say_how_it_crosses) {
  EXPECT_FALSE(tutti::wire::crosses<opaque>);
  EXPECT_TRUE(tutti::wire::crosses<picture>);
  const auto bytes = tutti::wire::to_bytes(std::make_pair(1, picture{"sunset"}));
  EXPECT_EQ((tutti::wire::from_bytes<std::pair<int, picture>>(bytes).second.name()), "sunset");
}

}  // namespace
