#include <tutti/testing/leak_check.hpp>

#include <gtest/gtest.h>

#include <string>

#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

task<> forever() { co_await sleep(duration::max()); }
task<> tidy() {
  lab::leak_check no_leak;
  co_await yield();
}
task<> untidy() {
  lab::leak_check no_leak;
  auto f = spawn(forever(), {.name = "straggler"});
  co_await yield();
}

TEST(leak_check, passes_what_is_over) {
  run(tidy());
  lab::run_virtual(tidy());
}

TEST(leak_check, names_what_is_not) {
  for (const bool simulated : {true, false}) {
    try {
      simulated ? lab::run_virtual(untidy()) : run(untidy());
      FAIL();
    } catch (const lab::failure& f) {
      EXPECT_NE(std::string(f.what()).find("leak"), std::string::npos) << f.what();
      EXPECT_NE(std::string(f.what()).find("straggler"), std::string::npos) << f.what();
    }
  }
}

}  // namespace
}  // namespace tutti
