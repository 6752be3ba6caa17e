#include <tutti/wire/function_id.hpp>

#include <gtest/gtest.h>

namespace {

using tutti::wire::function_id;
using tutti::wire::module_map;

TEST(function_id, survives_another_load_address) {
  const module_map here{{{"", "", 0x1000, 0x2000}, {"lib", "", 0x8000, 0x9000}}};
  const module_map there{{{"", "", 0x51000, 0x52000}, {"lib", "", 0x3000, 0x4000}}};
  const auto id = here.identify(reinterpret_cast<const void*>(0x8010));
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(there.locate(*id), reinterpret_cast<const void*>(0x3010));
}

TEST(function_id, only_names_what_lies_in_a_module) {
  const module_map map{{{"", "", 0x1000, 0x2000}}};
  EXPECT_FALSE(map.identify(reinterpret_cast<const void*>(0x2000)).has_value());
  EXPECT_EQ(map.locate(function_id{1, 0, 0}), nullptr);
  EXPECT_EQ(map.locate(function_id{0, 0, 0x1000}), nullptr);
}

}  // namespace
