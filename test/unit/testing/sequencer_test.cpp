#include <tutti/testing/sequencer.hpp>

#include <gtest/gtest.h>

#include <string>

#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/runtime/run.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

task<> says(lab::sequencer& seq, unsigned n, std::string& out) {
  co_await seq(n);
  out += std::to_string(n);
}
task<> in_order(std::string& out) {
  lab::sequencer seq;
  co_await gather(says(seq, 2, out), says(seq, 1, out), says(seq, 0, out));
}

TEST(sequencer, forces_the_order) {
  std::string out;
  run(in_order(out));
  EXPECT_EQ(out, "012");
}

task<> holds(lab::sequencer& seq, std::string& out) {
  auto step = co_await seq(0);
  co_await yield();
  co_await yield();
  out += "first";
}
task<> held(std::string& out) {
  lab::sequencer seq;
  co_await gather(holds(seq, out), says(seq, 1, out));
}

TEST(sequencer, a_step_that_is_held_lasts_its_block) {
  std::string out;
  run(held(out));
  EXPECT_EQ(out, "first1");
}

task<> twice() {
  lab::sequencer seq;
  co_await seq(0);
  co_await seq(0);
}

TEST(sequencer, a_step_used_twice_is_an_error) { EXPECT_THROW(run(twice()), error); }

}  // namespace
}  // namespace tutti
