/// \file
/// GoogleTest: tests that are coroutines in virtual time, and assertions inside of `explore`.
#pragma once

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include <tutti/testing/detail/adaptor.hpp>

namespace tutti::detail {

/// Keeps back what fails inside of one run of `explore`.
class gtest_catcher {
 public:
  static void begin() {
    results().emplace();
    reporter().emplace(::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS,
                       &*results());
  }
  static std::string end() {
    reporter().reset();
    std::string out;
    for (int i = 0; i < results()->size(); ++i) {
      const ::testing::TestPartResult& r = results()->GetTestPartResult(i);
      if (!r.failed()) continue;
      add_failed_assertion(out, r.file_name() != nullptr ? r.file_name() : "?",
                           static_cast<std::size_t>(r.line_number()), r.message());
    }
    results().reset();
    return out;
  }

 private:
  static std::optional<::testing::TestPartResultArray>& results() {
    static std::optional<::testing::TestPartResultArray> all;
    return all;
  }
  static std::optional<::testing::ScopedFakeTestPartResultReporter>& reporter() {
    static std::optional<::testing::ScopedFakeTestPartResultReporter> one;
    return one;
  }
};

inline const bool gtest_is_watched =
    (set_assertion_watch({&gtest_catcher::begin, &gtest_catcher::end}), true);

}  // namespace tutti::detail

/// A test whose body is a coroutine in virtual time:
/// ```
/// TUTTI_TEST(Queue, WakesAWaitingGetter) { co_await …; EXPECT_EQ(…); }
/// ```
/// Use EXPECT_*, since ASSERT_* would `return`. A task left behind fails the test with its name, a
/// body that can never end, or has not ended after `test_time_max`, fails with what everybody waits
/// for.
#define TUTTI_TEST(suite_, test_) TUTTI_TEST_WITHIN(::tutti::testing::test_time_max, suite_, test_)

/// The same with a deadline of its own, by the virtual clock: `TUTTI_TEST_WITHIN(5s, Queue, Ends)`.
#define TUTTI_TEST_WITHIN(time_max_, suite_, test_)                                              \
  static ::tutti::task<> tutti_test_##suite_##_##test_();                                        \
  TEST(suite_, test_) {                                                                          \
    ::tutti::testing::run_virtual(tutti_test_##suite_##_##test_(), {.name = #suite_ "." #test_}, \
                                  time_max_);                                                    \
  }                                                                                              \
  static ::tutti::task<> tutti_test_##suite_##_##test_()
