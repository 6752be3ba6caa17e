#include <tutti/core/driver.hpp>

#include <memory>

#include <gtest/gtest.h>

#include <tutti/async/loop.hpp>
#include <tutti/base/clock.hpp>
#include <tutti/core/spawned.hpp>

namespace {

using namespace tutti;

/// Counts what a loop asks of it, and never sleeps.
class counting_driver final : public detail::driver {
 public:
  explicit counting_driver(int& waits, int& interrupts) : waits_(waits), interrupts_(interrupts) {}
  void wait(time_point) noexcept override { ++waits_; }
  void poll() noexcept override {}
  void interrupt() noexcept override { ++interrupts_; }
  const char* label() const noexcept override { return "counting"; }

 private:
  int& waits_;
  int& interrupts_;
};

TEST(Driver, IsAskedToWaitOnlyWhenNothingIsReady) {
  int waits = 0;
  int interrupts = 0;
  detail::loop l(std::make_unique<counting_driver>(waits, interrupts), "test");
  future<int> f = detail::start_task<int>(
      l, nullptr, nullptr, false, []() -> task<int> { co_return 4; }(), {},
      std::source_location::current());
  l.run_until([](void* p) { return static_cast<future<int>*>(p)->done(); }, &f);
  EXPECT_EQ(waits, 0);
  EXPECT_EQ(f.get(), 4);
  l.interrupt();
  EXPECT_EQ(interrupts, 1);
  l.run_until([](void* p) { return *static_cast<int*>(p) >= 3; }, &waits);
  EXPECT_EQ(waits, 3) << "it is asked again after a wait that brought nothing";
}

TEST(Driver, HasNoWorkAndNoEngineUnlessItSaysSo) {
  int n = 0;
  counting_driver d(n, n);
  EXPECT_FALSE(d.has_work());
  EXPECT_EQ(d.engine(), nullptr);
}

}  // namespace
