#include <tutti/testing/history.hpp>

#include <gtest/gtest.h>

#include <string>

#include <tutti/sync/mutex.hpp>
#include <tutti/sync/queue.hpp>
#include <tutti/sync/semaphore.hpp>
#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/thread/thread.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

TEST(history, a_stale_read_is_not_linearizable) {
  lab::history h;
  h.begin("put", 1, 10).returns();
  h.begin("get", 1).returns(std::nullopt);
  EXPECT_FALSE(lab::is_linearizable(h, lab::map_model{}));
  EXPECT_NE(h.text().find("put(1, 10)"), std::string::npos);
}

TEST(history, calls_that_overlap_may_go_either_way) {
  lab::history h;
  auto put = h.begin("put", 1, 10);
  h.begin("get", 1).returns(std::nullopt);
  h.begin("get", 1).returns(10);
  put.returns();
  EXPECT_TRUE(lab::is_linearizable(h, lab::map_model{}));
  h.begin("erase", 1).returns(0);
  EXPECT_FALSE(lab::is_linearizable(h, lab::map_model{}));
}

TEST(history, an_open_call_may_have_happened_or_not) {
  for (const bool seen : {false, true}) {
    lab::history h;
    (void)h.begin("put", 7);
    h.begin("try_get").returns(seen ? std::optional<long long>(7) : std::nullopt);
    EXPECT_TRUE(lab::is_linearizable(h, lab::queue_model{}));
  }
}

TEST(history, two_in_one_lock_are_found) {
  lab::history h;
  h.begin("lock").returns();
  h.begin("try_lock").returns(1);
  EXPECT_FALSE(lab::is_linearizable(h, lab::mutex_model{}));
}

TEST(history, a_word_the_model_does_not_know_is_refused) {
  lab::history h;
  h.begin("dance").returns();
  EXPECT_THROW(lab::is_linearizable(h, lab::semaphore_model{}), error);
}

TEST(history, the_queue_is_linearizable) {
  lab::explore({.schedules = 2000}, [] {
    lab::history h;
    queue<int> q{2};
    const auto produce = [&](int from) {
      for (int i = from; i < from + 2; ++i) {
        auto c = h.begin("put", i);
        q.put(i);
        c.returns();
      }
    };
    {
      thread a{"a", [&] { produce(1); }};
      thread b{"b", [&] { produce(11); }};
      thread reader{"reader", [&] {
                      for (int i = 0; i < 4; ++i) {
                        auto c = h.begin("get");
                        c.returns(q.get());
                      }
                    }};
    }
    lab::check_linearizable(h, lab::queue_model{2});
  });
}

TEST(history, mutex_and_semaphore_are_linearizable) {
  lab::explore({.schedules = 1000}, [] {
    lab::history locks, permits;
    mutex m;
    semaphore s{2};
    const auto work = [&] {
      auto l = locks.begin("lock");
      m.lock();
      l.returns();
      auto u = locks.begin("unlock");
      m.unlock();
      u.returns();
      auto t = permits.begin("try_acquire");
      const bool got = s.try_acquire();
      t.returns(got ? 1 : 0);
      if (!got) return;
      auto r = permits.begin("release");
      s.release();
      r.returns();
    };
    {
      thread a{"a", work}, b{"b", work}, c{"c", work};
    }
    lab::check_linearizable(locks, lab::mutex_model{});
    lab::check_linearizable(permits, lab::semaphore_model{2});
  });
}

TEST(history, a_map_without_a_lock_is_found_out) {
  const auto scenario = [] {
    lab::history h;
    lab::shared<int> value = 0;  // of one key; reads and writes are not one step with the history
    const auto erase = [&] {
      auto c = h.begin("erase", 1);
      const bool there = value != 0;
      if (there) value = 0;
      c.returns(there ? 1 : 0);
    };
    h.begin("put", 1, 5).returns();
    value = 5;
    {
      thread a{"a", erase}, b{"b", erase};
    }
    lab::check_linearizable(h, lab::map_model{});
  };
  try {
    lab::explore({}, scenario);
    FAIL();
  } catch (const lab::failure& f) {
    EXPECT_NE(std::string(f.what()).find("not linearizable"), std::string::npos) << f.what();
  }
}

}  // namespace
}  // namespace tutti
