// The ways of writing a call that must work with every supported compiler: what the arguments of an
// awaited call own is made and destroyed once, on g++ 12 without optimisation, too. Whoever finds a
// compiler that gets one of these wrong adds the next form here.
#include <gtest/gtest.h>

#include <chrono>
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tutti/core/for_each.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/generator.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/task_group.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/runtime/to_thread.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/thread/thread_pool.hpp>

namespace tutti {
namespace {
using namespace std::chrono_literals;

/// Owns memory, and knows how many of it there are: a second destruction shows in the count, and
/// under AddressSanitizer at once.
class counted {
 public:
  explicit counted(std::string text) : text_(std::make_unique<std::string>(std::move(text))) {
    count(1);
  }
  counted(const counted& other) : text_(std::make_unique<std::string>(*other.text_)) { count(1); }
  counted(counted&& other) noexcept : text_(std::move(other.text_)) { count(1); }
  counted& operator=(counted) = delete;
  ~counted() { count(-1); }
  std::size_t size() const { return text_ == nullptr ? 0 : text_->size(); }
  static sys::atomic<int> alive;

 private:
  static void count(int by) { alive.fetch_add(by, sys::relaxed); }
  std::unique_ptr<std::string> text_;
};
sys::atomic<int> counted::alive{0};

const char* const long_text = "longer than what fits into a short string";
constexpr std::size_t long_size = 41;

task<std::size_t> by_value(counted c) {
  co_await yield();
  co_return c.size();
}
task<std::size_t> by_reference(const counted& c) {
  co_await yield();
  co_return c.size();
}
task<counted> gives(std::string text) {
  co_await yield();
  co_return counted(std::move(text));
}
task<bool> yes() {
  co_await yield();
  co_return true;
}
task<std::optional<counted>> maybe(bool there) {
  co_await yield();
  if (!there) co_return std::nullopt;
  co_return counted(long_text);
}

/// Runs `body` on a loop and on a pool; nothing may be left of what it owned.
template <class Body>
void everywhere(Body body) {
  run(body());
  EXPECT_EQ(counted::alive.load(sys::relaxed), 0);
  {
    thread_pool pool{{.threads = 1}};
    pool.submit(body).get();
  }
  EXPECT_EQ(counted::alive.load(sys::relaxed), 0);
}

task<> temporaries() {
  const std::size_t a = co_await by_value(counted(long_text));
  const std::size_t b = co_await by_reference(counted(long_text));
  const std::size_t c = (co_await gives(long_text)).size();
  EXPECT_EQ(a + b + c, 3 * long_size);
  const counted kept = co_await gives(long_text);
  const std::size_t d = co_await by_value(kept) + co_await by_reference(kept);
  EXPECT_EQ(d, 2 * long_size);
  EXPECT_EQ(co_await by_value(co_await gives(long_text)), long_size);
}
TEST(CallShapes, TemporaryArgumentsAndResults) { everywhere(&temporaries); }

task<> conditions() {
  int rounds = 0;
  if (const bool r = co_await yes(); r) ++rounds;
  while (co_await yes() && rounds < 3) ++rounds;
  for (int i = 0; co_await yes() && i < 2; ++i) ++rounds;
  EXPECT_EQ(rounds, 5);
  if (const auto found = co_await maybe(true); found) rounds += found->size() == long_size ? 0 : 1;
  const auto none = co_await maybe(false);
  EXPECT_FALSE(none.has_value());
  switch (const std::size_t n = co_await by_value(counted("")); n) {
    case 0:
      ++rounds;
      break;
    default:
      ADD_FAILURE() << n;
  }
  EXPECT_EQ(rounds, 6);
}
TEST(CallShapes, ConditionsWithANamedResult) { everywhere(&conditions); }

task<> combinators() {
  const auto both = co_await gather(by_value(counted(long_text)), by_value(counted("b")));
  EXPECT_EQ(std::get<0>(both) + std::get<1>(both), long_size + 1);
  std::vector<task<std::size_t>> many;
  for (int i = 0; i < 3; ++i) many.push_back(by_value(counted(long_text)));
  const auto all = co_await gather(std::move(many));
  EXPECT_EQ(all.size(), 3U);
  const auto [one, two] = co_await gather_settled(by_value(counted("a")), gives(long_text));
  EXPECT_EQ(*one, 1U);
  EXPECT_EQ(two->size(), long_size);
  const auto won = co_await race(by_value(counted(long_text)), sleep(1h));
  EXPECT_EQ(won.index(), 0U);
  EXPECT_EQ(co_await timeout(1h, by_value(counted(long_text))), long_size);
  EXPECT_EQ(co_await shield(timeout(1h, by_value(counted(long_text)))), long_size);
  const auto in_time = co_await move_on_after(1h, gives(long_text));
  EXPECT_TRUE(in_time.has_value());
}
TEST(CallShapes, CombinatorsOfCallsWithTemporaries) { everywhere(&combinators); }

task<> closures() {
  const counted owned(long_text);
  const auto named = [owned](const counted& more) -> task<std::size_t> {
    const std::size_t n = co_await by_value(more);
    co_return n + owned.size();
  };
  EXPECT_EQ(co_await named(counted("x")), long_size + 1);
  EXPECT_EQ(co_await gather(named(owned), named(owned)), std::tuple(2 * long_size, 2 * long_size));
  const std::vector<int> inputs{1, 2, 3};
  const auto each = [owned](int) -> task<std::size_t> { co_return co_await by_value(owned); };
  const std::vector<std::size_t> sizes = co_await map(inputs, 2, each);
  EXPECT_EQ(sizes, (std::vector<std::size_t>(3, long_size)));
  std::size_t seen = 0;
  const auto body = [owned, &seen](task_group& g, counted argument) -> task<std::size_t> {
    g.spawn(by_value, argument);
    auto f = g.spawn(by_value(owned));
    seen += co_await std::move(f);
    co_return argument.size();
  };
  EXPECT_EQ(co_await with_task_group(body, counted("argument")), 8U);
  co_await with_task_group([&](task_group& g) -> task<> {
    g.spawn(by_value(owned));
    co_return;
  });
  EXPECT_EQ(seen, long_size);
}
TEST(CallShapes, NamedClosuresAndArgumentsAfterTheCallable) { everywhere(&closures); }

std::size_t plainly(const counted& c) { return c.size(); }

task<> started_elsewhere() {
  auto a = spawn(by_value(counted(long_text)));
  auto b = spawn(by_value, counted(long_text));
  EXPECT_EQ(co_await std::move(a) + co_await std::move(b), 2 * long_size);
  EXPECT_EQ(co_await to_thread(plainly, counted(long_text)), long_size);
  thread_pool other{{.threads = 1}};
  EXPECT_EQ(co_await on(other, by_value(counted(long_text))), long_size);
  EXPECT_EQ(co_await other.submit(plainly, counted(long_text)), long_size);
  EXPECT_EQ(co_await other.submit(by_value, counted(long_text)), long_size);
  co_await other.async_shutdown();
}
void on_a_loop(task<> (*body)()) {
  run(body());
  EXPECT_EQ(counted::alive.load(sys::relaxed), 0);
}
TEST(CallShapes, WorkStartedElsewhere) { on_a_loop(&started_elsewhere); }

async_generator<counted> some(counted first) {
  co_yield std::move(first);
  co_await yield();
  co_yield co_await gives("second");
}
generator<counted> plain(counted first) {
  co_yield first;
  co_yield counted("second");
}
task<> generators() {
  std::size_t total = 0;
  auto g = some(counted(long_text));
  while (auto x = co_await g.next()) total += x->size();
  auto left_early = some(counted(long_text));
  if (const auto x = co_await left_early.next(); x) total += x->size();
  for (const counted& x : plain(counted(long_text))) total += x.size();
  EXPECT_EQ(total, 3 * long_size + 12);
}
TEST(CallShapes, Generators) { everywhere(&generators); }

task<std::size_t> throws_with(counted c) {
  co_await yield();
  if (c.size() != 0) throw counted(c);
  co_return 0U;
}
task<> failures() {
  std::size_t caught = 0;
  try {
    co_await throws_with(counted(long_text));
  } catch (const counted& c) {
    caught += c.size();
  }
  try {
    co_await gather(throws_with(counted(long_text)), by_value(counted("b")));
  } catch (const counted& c) {
    caught += c.size();
  }
  try {
    co_await timeout(1h, by_value(counted(co_await throws_with(counted("x")) == 0 ? "y" : "z")));
  } catch (const counted& c) {
    caught += c.size();
  }
  EXPECT_EQ(caught, 2 * long_size + 1);
}
TEST(CallShapes, ExceptionsThatOwnSomething) { everywhere(&failures); }

/// Foreign awaiters: with a constructor (an aggregate one would be destroyed twice on g++ 12).
class ready_with {
 public:
  explicit ready_with(counted c) : c_(std::move(c)) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) const noexcept { return false; }
  std::size_t await_resume() const { return c_.size(); }

 private:
  counted c_;
};
task<> foreign() {
  EXPECT_EQ(co_await ready_with(counted(long_text)), long_size);
  EXPECT_EQ(co_await timeout(1h, ready_with(counted(long_text))), long_size);
  const auto [a, b] = co_await gather(ready_with(counted(long_text)), by_value(counted("b")));
  EXPECT_EQ(a + b, long_size + 1);
}
TEST(CallShapes, ForeignAwaitersThatOwnSomething) { everywhere(&foreign); }

}  // namespace
}  // namespace tutti
