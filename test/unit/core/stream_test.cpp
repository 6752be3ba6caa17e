#include <tutti/core/stream.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace tutti;

/// 1, 2, an error instead of 3, 4.
class four final : public detail::stream_source<int> {
 public:
  std::optional<int> next() override {
    if (++at_ > 4) return std::nullopt;
    if (at_ == 3) throw std::runtime_error("three");
    return at_;
  }
  task<std::optional<int>> async_next() override { co_return next(); }

 private:
  int at_ = 0;
};
stream<int> numbers() { return stream<int>(std::make_unique<four>()); }

TEST(Stream, GoesOnAfterAnItemThatFailed) {
  auto s = numbers();
  EXPECT_EQ(s.next(), 1);
  EXPECT_EQ(s.next(), 2);
  EXPECT_THROW(s.next(), std::runtime_error);
  EXPECT_EQ(s.next(), 4);
  EXPECT_EQ(s.next(), std::nullopt);
}

TEST(Stream, IsARangeThatIsReadOnce) {
  auto s = numbers();
  static_assert(std::input_iterator<stream<int>::iterator>);
  std::vector<int> read;
  try {
    for (int i : s) read.push_back(i);
  } catch (const std::runtime_error&) {
  }
  for (int i : s) read.push_back(i);
  EXPECT_EQ(read, (std::vector{1, 2, 4}));
}

}  // namespace
