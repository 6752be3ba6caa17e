#include <tutti/sync/lock_watch.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include <tutti/tutti.hpp>

namespace tutti {
namespace {

std::vector<std::string> reports;  // of the test that runs
void keep(std::string_view report) noexcept { reports.emplace_back(report); }

class lock_watch : public testing::Test {
 protected:
  lock_watch() {
    watch_locks(true);
    reports.clear();
  }
  ~lock_watch() override {
    on_lock_order(former_);
    watch_locks(was_on_);
  }

 private:
  bool was_on_ = locks_are_watched();
  lock_order_handler former_ = on_lock_order(&keep);
};

template <class A, class B>
void take_both(A& first, B& second) {
  lock_guard one{first};
  lock_guard two{second};
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(lock_watch, two_orders_are_reported_though_nothing_happened) {
  mutex left;
  mutex right;
  take_both(left, right);
  take_both(left, right);
  EXPECT_TRUE(reports.empty());
  take_both(right, left);
  take_both(right, left);
  ASSERT_EQ(reports.size(), 1U);  // once
  EXPECT_TRUE(says(reports[0], "lock_watch_test.cpp:"));
  EXPECT_TRUE(says(reports[0], "the mutex made at"));
  EXPECT_TRUE(says(reports[0], "while it held"));
}

TEST_F(lock_watch, an_order_may_turn_round_over_several_locks) {
  mutex a;
  recursive_mutex b;
  shared_mutex c;
  take_both(a, b);
  take_both(b, c);
  EXPECT_TRUE(reports.empty());
  take_both(c, a);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_TRUE(says(reports[0], "the recursive_mutex made at"));
  EXPECT_TRUE(says(reports[0], "the shared_mutex made at"));
}

TEST_F(lock_watch, who_holds_a_lock_is_remembered_however_many_lock_meanwhile) {
  mutex outer;
  mutex inner;
  mutex other;
  const auto many_lock = [&other] {
    for (int i = 0; i < 200; ++i) {  // more idle ones than the watch keeps
      thread{"passer", [&other] { const lock_guard hold{other}; }}.join();
    }
  };
  thread{"holder", [&] {
           { const lock_guard hold{outer}; }
           const lock_guard hold{outer};
           many_lock();
           const lock_guard too{inner};
         }}.join();
  take_both(inner, outer);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_TRUE(says(reports[0], "thread \"holder\"")) << reports[0];
  EXPECT_FALSE(says(reports[0], "passer")) << reports[0];
}

task<> hold_over_a_wait(mutex& m) {
  const lock_guard hold{m};
  co_await yield();  // goes on at once when nobody else is there: no wait
  co_await sleep(std::chrono::milliseconds(1));
}
task<> hold_over_a_child(recursive_mutex& m, shared_mutex& s) {
  const std::scoped_lock hold{m, s};
  co_await gather(sleep(std::chrono::milliseconds(1)), yield());
}
task<> hold_as_meant(mutex& m) {
  const auto hold = co_await m.async_lock();
  co_await sleep(std::chrono::milliseconds(1));
}
task<> hold_between_waits(mutex& m) {
  co_await sleep(std::chrono::milliseconds(1));
  {
    const lock_guard hold{m};
  }
  co_await sleep(std::chrono::milliseconds(1));
}

TEST_F(lock_watch, a_lock_of_a_thread_held_over_a_co_await_is_reported_once) {
  mutex m;
  run(hold_over_a_wait(m));
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_TRUE(says(reports[0], "waits (sleep) and holds the mutex made at "));
  EXPECT_TRUE(says(reports[0], "co_await m.async_lock()"));
  run(hold_over_a_wait(m));
  EXPECT_EQ(reports.size(), 1U);
}

TEST_F(lock_watch, so_are_the_other_locks_over_children) {
  recursive_mutex m;
  shared_mutex s;
  run(hold_over_a_child(m, s));
  ASSERT_GE(reports.size(), 1U);
  EXPECT_TRUE(says(reports[0], "holds the recursive_mutex made at "));
}

TEST_F(lock_watch, an_awaited_lock_may_be_held_and_a_short_one_is_none) {
  mutex m;
  run(hold_as_meant(m));
  run(hold_between_waits(m));
  EXPECT_TRUE(reports.empty());
}

TEST_F(lock_watch, locks_of_one_place_and_attempts_have_no_order) {
  mutex same[2];
  take_both(same[0], same[1]);
  take_both(same[1], same[0]);
  mutex left;
  mutex right;
  take_both(left, right);
  right.lock();
  EXPECT_TRUE(left.try_lock());
  left.unlock();
  right.unlock();
  {
    const std::scoped_lock both{right, left};
  }
  EXPECT_TRUE(reports.empty());
}

TEST_F(lock_watch, locks_made_by_make_unique_are_told_apart) {
  const auto outer = std::make_unique<mutex>();
  mutex middle;
  const auto inner = std::make_unique<mutex>();
  take_both(*outer, middle);
  take_both(middle, *inner);
  EXPECT_TRUE(reports.empty());
}

TEST_F(lock_watch, a_ring_of_threads_is_refused_and_named) {
  mutex left;
  mutex right;
  barrier both_hold{2};
  std::vector<std::string> refused;
  mutex guard;
  const auto work = [&](mutex& first, mutex& second) {
    lock_guard one{first};
    both_hold.arrive_and_wait();
    try {
      lock_guard two{second};
    } catch (const deadlock& d) {
      const std::scoped_lock hold{guard};
      refused.emplace_back(d.what());
    }
  };
  {
    thread anna{"anna", work, std::ref(left), std::ref(right)};
    thread bert{"bert", work, std::ref(right), std::ref(left)};
  }
  ASSERT_EQ(refused.size(), 1U);
  for (const char* part : {"thread \"anna\"", "thread \"bert\"", "waits for the mutex made at",
                           "and holds the mutex made at", "lock_watch_test.cpp:"}) {
    EXPECT_TRUE(says(refused[0], part)) << part << " in\n" << refused[0];
  }
  EXPECT_FALSE(left.statistics().locked);
  EXPECT_FALSE(right.statistics().locked);
}

task<> hold_and_take(mutex& first, shared_mutex& second) {
  auto one = co_await first.async_lock();
  co_await yield();
  auto two = co_await second.async_lock();
}
task<> take_and_hold(mutex& first, shared_mutex& second) {
  auto two = co_await second.async_lock_shared();
  co_await yield();
  auto one = co_await first.async_lock();
}

TEST_F(lock_watch, a_ring_of_tasks_is_refused_and_the_others_go_on) {
  run([]() -> task<> {
    mutex m;
    shared_mutex s;
    std::string text;
    auto both = co_await gather_settled(hold_and_take(m, s), take_and_hold(m, s));
    EXPECT_TRUE(std::get<0>(both).has_value());
    try {
      std::get<1>(both).value();
    } catch (const deadlock& d) {
      text = d.what();
    }
    EXPECT_TRUE(says(text, "waits for the shared_mutex made at")) << text;
    EXPECT_TRUE(says(text, "and holds the shared_mutex made at")) << text;
    EXPECT_TRUE(says(text, "task \"")) << text;
  }());
}

TEST_F(lock_watch, a_wait_with_a_limit_is_no_deadlock) {
  run([]() -> task<> {
    mutex m;
    shared_mutex s;
    auto both = co_await gather_settled(timeout(std::chrono::milliseconds(1), hold_and_take(m, s)),
                                        take_and_hold(m, s));
    EXPECT_THROW(std::get<0>(both).value(), timeout_error);
    EXPECT_TRUE(std::get<1>(both).has_value());
  }());
}

TEST_F(lock_watch, counts_and_hands_over_as_unwatched_locks_do) {
  mutex m;
  EXPECT_FALSE(m.statistics().locked);
  m.lock();
  EXPECT_TRUE(m.statistics().locked);
  EXPECT_FALSE(m.try_lock());
  EXPECT_THROW(m.lock(), deadlock);
  m.unlock();
  EXPECT_THROW(m.unlock(), not_owner);
  long sum = 0;
  {
    std::vector<thread> all;
    for (int i = 0; i < 4; ++i) {
      all.emplace_back([&] {
        for (int j = 0; j < 1000; ++j) {
          lock_guard hold{m};
          ++sum;
        }
      });
    }
  }
  EXPECT_EQ(sum, 4000);
  EXPECT_FALSE(m.statistics().locked);
}

TEST_F(lock_watch, is_off_where_it_was_switched_off) {
  watch_locks(false);
  EXPECT_FALSE(locks_are_watched());
  mutex left;
  mutex right;
  take_both(left, right);
  take_both(right, left);
  EXPECT_TRUE(reports.empty());
}

TEST_F(lock_watch, who_joins_a_thread_that_wants_its_lock_is_part_of_a_ring) {
  mutex m;
  std::string refused;
  const auto keep_first = [&refused](const deadlock& d) {
    if (refused.empty()) refused = d.what();
  };
  thread wants;
  {
    const lock_guard hold{m};
    wants = thread{"wants", [&m] { const lock_guard inner{m}; }};
    try {
      wants.join();
    } catch (const deadlock& d) {  // the joining one's, or what the thread threw
      keep_first(d);
    }
  }
  if (wants.joinable()) wants.join();
  EXPECT_TRUE(says(refused, "waits for the end of thread \"wants\"")) << refused;
  EXPECT_TRUE(says(refused, "thread \"wants\"")) << refused;
  EXPECT_TRUE(says(refused, "waits for the mutex made at")) << refused;
}

task<> wants_it(mutex& m) { auto hold = co_await m.async_lock(); }

TEST_F(lock_watch, who_awaits_a_task_that_wants_its_lock_is_part_of_a_ring) {
  mutex m;
  std::string refused;
  run([](mutex& of, std::string& text) -> task<> {
    auto hold = co_await of.async_lock();
    auto child = spawn(wants_it(of), {.name = "child"});
    try {
      co_await std::move(child);
    } catch (const deadlock& d) {  // the child's, which came second
      text = d.what();
    }
    hold.unlock();
    co_await wants_it(of);
  }(m, refused));
  EXPECT_TRUE(says(refused, "waits for the end of task \"child\"")) << refused;
  EXPECT_TRUE(says(refused, "waits for the mutex made at")) << refused;
}

TEST_F(lock_watch, who_gets_the_result_of_a_task_is_part_of_a_ring) {
  mutex m;
  thread_pool pool{{.threads = 1}};
  std::string refused;
  {
    const lock_guard hold{m};
    auto child = pool.submit([&m] { const lock_guard inner{m}; });
    try {
      child.get();
    } catch (const deadlock& d) {  // the one's or the other's, whoever came second
      refused = d.what();
    }
  }
  EXPECT_TRUE(says(refused, "waits for the end of")) << refused;
  EXPECT_TRUE(says(refused, "waits for the mutex made at")) << refused;
}

TEST_F(lock_watch, a_wait_that_is_over_or_cancelled_is_forgotten) {
  mutex m;
  event go;
  run([](mutex& of, event& e) -> task<> {
    auto waits = [](event& ev) -> task<> { co_await ev.async_wait(); };
    auto child = spawn(waits(e), {.name = "child"}).share();
    auto awaits = [](shared_future<void> f) -> task<> { co_await f; };
    cancel_scope scope;
    auto waiting = spawn(scope.run(awaits(child)));
    co_await yield();
    scope.cancel();
    (void)co_await std::move(waiting);
    e.set();
    co_await child;
    auto hold = co_await of.async_lock();
    auto later = spawn(wants_it(of));
    co_await yield();
    hold.unlock();
    co_await std::move(later);
  }(m, go));
}

}  // namespace
}  // namespace tutti
