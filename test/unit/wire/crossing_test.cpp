#include <tutti/wire/crossing.hpp>

#include <gtest/gtest.h>

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

TEST(crossing, a_type_can_say_how_it_crosses) {
  EXPECT_FALSE(tutti::wire::crosses<opaque>);
  EXPECT_TRUE(tutti::wire::crosses<picture>);
  const auto bytes = tutti::wire::to_bytes(std::make_pair(1, picture{"sunset"}));
  EXPECT_EQ((tutti::wire::from_bytes<std::pair<int, picture>>(bytes).second.name()), "sunset");
}

}  // namespace
