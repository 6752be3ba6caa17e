#include <tutti/testing/checkpoints.hpp>

#include <gtest/gtest.h>

#include <string>

#include <tutti/core/sleep.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

task<> right() {
  {
    lab::assert_no_checkpoint quiet;
  }
  {
    lab::assert_checkpoint waits;
    co_await yield();
  }
  {
    lab::assert_checkpoint waits;
    co_await sleep(std::chrono::milliseconds(1));
  }
}

TEST(checkpoints, hold_where_they_should) {
  lab::run_virtual(right());
  run(right());
}

task<> does_not_wait() {
  {
    lab::assert_checkpoint waits;
  }
  co_return;
}
task<> waits_after_all() {
  {
    lab::assert_no_checkpoint quiet;
    co_await yield();
  }
}

std::string failure_of(task<> t) {
  try {
    lab::run_virtual(std::move(t));
  } catch (const lab::failure& f) {
    return f.what();
  }
  return {};
}

TEST(checkpoints, a_missing_one_is_named_by_its_place) {
  const std::string text = failure_of(does_not_wait());
  EXPECT_NE(text.find("no checkpoint"), std::string::npos) << text;
  EXPECT_NE(text.find("checkpoints_test.cpp:"), std::string::npos) << text;
}

TEST(checkpoints, one_too_many_is_named_by_its_place) {
  EXPECT_NE(failure_of(waits_after_all()).find("a checkpoint was passed"), std::string::npos);
}

TEST(checkpoints, in_real_life_the_destructor_throws) {
  EXPECT_THROW(run(does_not_wait()), lab::failure);
}

}  // namespace
}  // namespace tutti
