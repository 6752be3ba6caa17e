#include <tutti/sync/queue.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;
using tutti::task;

namespace {

TEST(Queue, GivesWhatWasPutInOrder) {
  tutti::queue<std::string> q;
  q.put("a");
  const std::string b = "b";
  EXPECT_TRUE(q.try_put(b));
  EXPECT_TRUE(q.try_put("c"));
  EXPECT_EQ(q.size(), 3U);
  EXPECT_EQ(q.get(), "a");
  EXPECT_EQ(q.try_get(), "b");
  EXPECT_EQ(q.next(), "c");
  EXPECT_EQ(q.try_get(), std::nullopt);
  EXPECT_EQ(q.try_get_for(1us), std::nullopt);
  EXPECT_TRUE(q.empty());
  EXPECT_FALSE(q.full());
}

TEST(Queue, AFailedPutLeavesItsArgumentAlone) {
  tutti::queue<std::unique_ptr<int>> q{1};
  q.put(std::make_unique<int>(1));
  EXPECT_TRUE(q.full());
  auto kept = std::make_unique<int>(2);
  EXPECT_FALSE(q.try_put(std::move(kept)));
  EXPECT_FALSE(q.try_put_for(std::move(kept), 1us));
  ASSERT_TRUE(kept);
  q.close();
  EXPECT_THROW(q.try_put(std::move(kept)), tutti::closed);
  ASSERT_TRUE(kept);
  EXPECT_EQ(*q.get(), 1);
}

TEST(Queue, ClosingDrainsThenThrows) {
  tutti::queue<int> q;
  q.put(1);
  q.close();
  q.close();
  EXPECT_TRUE(q.is_closed());
  EXPECT_THROW(q.put(2), tutti::closed);
  EXPECT_EQ(q.get(), 1);
  EXPECT_THROW(q.get(), tutti::closed);
  EXPECT_THROW(q.try_get(), tutti::closed);
  EXPECT_EQ(q.next(), std::nullopt);
}

TEST(Queue, ClosingNowDropsAndCountsAsDone) {
  auto seen = std::make_shared<int>(1);
  tutti::queue<std::shared_ptr<int>> q;
  q.put(seen);
  q.put(seen);
  q.close(tutti::now);
  EXPECT_EQ(seen.use_count(), 1);
  EXPECT_TRUE(q.empty());
  q.join();
  EXPECT_FALSE(q.next());
}

TEST(Queue, JoinWaitsForWhatIsUnfinished) {
  tutti::queue<int> q;
  q.join();
  q.put(1);
  EXPECT_FALSE(q.try_join_for(1us));
  EXPECT_EQ(q.get(), 1);
  EXPECT_FALSE(q.try_join_for(0s));
  q.task_done();
  q.join();
  EXPECT_THROW(q.task_done(), std::logic_error);
}

TEST(Queue, LifoGivesTheLastFirst) {
  tutti::lifo_queue<int> q{3};
  for (int i : {1, 2, 3}) q.put(i);
  EXPECT_FALSE(q.try_put(4));
  EXPECT_EQ(q.get(), 3);
  EXPECT_EQ(q.get(), 2);
  EXPECT_EQ(q.get(), 1);
}

TEST(Queue, PriorityGivesTheSmallestFirstAndEqualsInOrder) {
  struct job {
    int weight;
    int number;
    bool operator<(const job& other) const { return weight < other.weight; }
  };
  tutti::priority_queue<job> q;
  for (int i = 0; i < 100; ++i) q.put(job{i * 37 % 5, i});
  int last = -1;
  int number = -1;
  for (int i = 0; i < 100; ++i) {
    const job j = q.get();
    EXPECT_GE(j.weight, last);
    if (j.weight == last) {
      EXPECT_GT(j.number, number);
    }
    last = j.weight;
    number = j.number;
  }
  tutti::priority_queue<int, std::greater<>> largest;
  for (int i : {2, 1, 3}) largest.put(i);
  EXPECT_EQ(largest.get(), 3);
}

struct throws_when_moved {
  explicit throws_when_moved(bool t) : armed(t) {}
  throws_when_moved(throws_when_moved&& other) : armed(other.armed) {
    if (armed) throw std::runtime_error("no");
  }
  throws_when_moved& operator=(throws_when_moved&&) = default;
  bool armed;
};

TEST(Queue, AMoveThatThrowsReachesWhoPuts) {
  tutti::queue<throws_when_moved> q{1};
  throws_when_moved bad{true};
  EXPECT_THROW(q.try_put(std::move(bad)), std::runtime_error);
  EXPECT_TRUE(q.empty());
  EXPECT_TRUE(q.try_put(throws_when_moved{false}));
}

task<> get_into(tutti::queue<int>& q, std::vector<int>& out) {
  out.push_back(co_await q.async_get());
}

TEST(Queue, ItemsGoToGettersInTheOrderOfComing) {
  tutti::queue<int> q;
  std::vector<int> a;
  std::vector<int> b;
  tutti::run([](tutti::queue<int>& qu, std::vector<int>& x, std::vector<int>& y) -> task<> {
    auto f = tutti::spawn(get_into(qu, x));
    auto g = tutti::spawn(get_into(qu, y));
    co_await tutti::yield();
    EXPECT_EQ(qu.statistics().getters, 2U);
    qu.put(1);  // never blocks: there is no limit
    qu.put(2);
    EXPECT_TRUE(qu.empty());
    EXPECT_EQ(qu.try_get(), std::nullopt);  // promised
    co_await std::move(f);
    co_await std::move(g);
  }(q, a, b));
  EXPECT_EQ(a, std::vector{1});
  EXPECT_EQ(b, std::vector{2});
}

TEST(Queue, AnItemOfACancelledGetterStaysInFront) {
  tutti::queue<int> q;
  std::vector<int> a;
  tutti::run([](tutti::queue<int>& qu, std::vector<int>& x) -> task<> {
    auto f = tutti::spawn(get_into(qu, x));
    auto g = tutti::spawn(get_into(qu, x));
    co_await tutti::yield();
    qu.put(1);
    qu.put(2);
    qu.put(3);
    f.cancel();  // both have been promised an item and have not run yet
    g.cancel();
    for (auto* gone : {&f, &g}) {
      bool cancelled = false;
      try {
        co_await std::move(*gone);
      } catch (const tutti::future_cancelled&) {
        cancelled = true;
      }
      EXPECT_TRUE(cancelled);
    }
    EXPECT_EQ(qu.size(), 3U);
    EXPECT_EQ(qu.get(), 1);
    EXPECT_EQ(qu.get(), 2);
    EXPECT_EQ(qu.get(), 3);
  }(q, a));
  EXPECT_TRUE(a.empty());
}

TEST(Queue, ThePromiseOfACancelledGetterPassesToTheNext) {
  tutti::queue<int> q;
  std::vector<int> a;
  std::vector<int> b;
  tutti::run([](tutti::queue<int>& qu, std::vector<int>& x, std::vector<int>& y) -> task<> {
    auto f = tutti::spawn(get_into(qu, x));
    auto g = tutti::spawn(get_into(qu, y));
    co_await tutti::yield();
    qu.put(1);
    qu.close();  // g must not be told "drained" while f may give its item back
    f.cancel();
    co_await std::move(g);
  }(q, a, b));
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(b, std::vector{1});
}

TEST(Queue, ClosingTellsWaitingGettersOnceThePromisedItemIsTaken) {
  tutti::queue<int> q;
  std::vector<int> a;
  tutti::run([](tutti::queue<int>& qu, std::vector<int>& x) -> task<> {
    auto f = tutti::spawn(get_into(qu, x));
    auto g = tutti::spawn(get_into(qu, x));
    co_await tutti::yield();
    qu.put(1);
    qu.close();
    bool closed = false;
    try {
      co_await std::move(g);
    } catch (const tutti::closed&) {
      closed = true;
    }
    EXPECT_TRUE(closed);
    co_await std::move(f);
  }(q, a));
  EXPECT_EQ(a, std::vector{1});
}

TEST(Queue, ClosingNowKeepsWhatIsPromised) {
  tutti::queue<int> q;
  std::vector<int> a;
  tutti::run([](tutti::queue<int>& qu, std::vector<int>& x) -> task<> {
    auto f = tutti::spawn(get_into(qu, x));
    auto g = tutti::spawn(get_into(qu, x));
    co_await tutti::yield();
    for (int i = 1; i < 5; ++i) qu.put(i);
    g.cancel();
    qu.close(tutti::now);
    co_await std::move(f);
    bool gone = false;
    try {
      co_await std::move(g);
    } catch (const tutti::future_cancelled&) {
      gone = true;
    }
    EXPECT_TRUE(gone);
    qu.task_done();  // for the one that was got; the others were dropped
    co_await qu.async_join();
  }(q, a));
  EXPECT_EQ(a, std::vector{1});
}

task<> put_and_note(tutti::queue<int>& q, int item, std::vector<int>& order) {
  co_await q.async_put(item);
  order.push_back(item);
}

TEST(Queue, WaitingPuttersKeepTheirOrder) {
  tutti::queue<int> q{1};
  std::vector<int> order;
  tutti::run([](tutti::queue<int>& qu, std::vector<int>& out) -> task<> {
    co_await qu.async_put(0);
    auto a = tutti::spawn(put_and_note(qu, 1, out));
    auto b = tutti::spawn(put_and_note(qu, 2, out));
    auto c = tutti::spawn(put_and_note(qu, 3, out));
    co_await tutti::yield();
    EXPECT_EQ(qu.statistics().putters, 3U);
    EXPECT_FALSE(qu.try_put(9));
    b.cancel();
    for (int expected : {0, 1, 3}) {
      const int got = co_await qu.async_get();
      EXPECT_EQ(got, expected);
      EXPECT_FALSE(qu.try_put(9) && expected != 3);  // room went to who waited
    }
    co_await std::move(a);
    co_await std::move(c);
  }(q, order));
  EXPECT_EQ(order, (std::vector{1, 3}));
}

TEST(Queue, APutThatWasLetInReportsSuccessAlthoughCancelled) {
  tutti::queue<int> q{1};
  std::vector<int> order;
  tutti::run([](tutti::queue<int>& qu, std::vector<int>& out) -> task<> {
    co_await qu.async_put(0);
    auto a = tutti::spawn(put_and_note(qu, 1, out));
    co_await tutti::yield();
    EXPECT_EQ(qu.get(), 0);  // lets 1 in
    a.cancel();
    co_await std::move(a);
    EXPECT_EQ(qu.get(), 1);
  }(q, order));
  EXPECT_EQ(order, std::vector{1});
}

TEST(Queue, ClosingRefusesWaitingPutters) {
  tutti::queue<int> q{1};
  tutti::run([](tutti::queue<int>& qu) -> task<> {
    co_await qu.async_put(0);
    std::vector<int> out;
    auto a = tutti::spawn(put_and_note(qu, 1, out));
    co_await tutti::yield();
    qu.close();
    bool refused = false;
    try {
      co_await std::move(a);
    } catch (const tutti::closed&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    EXPECT_EQ(qu.size(), 1U);
  }(q));
}

TEST(Queue, ATimeoutLeavesTheItem) {
  tutti::queue<int> q;
  tutti::run([](tutti::queue<int>& qu) -> task<> {
    const auto nothing = co_await tutti::move_on_after(1us, qu.async_get());
    EXPECT_FALSE(nothing);
    EXPECT_EQ(qu.statistics().getters, 0U);
    bool refused = false;
    try {
      qu.get();
    } catch (const tutti::blocking_call&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    EXPECT_EQ(qu.statistics().getters, 0U);
  }(q));
}

TEST(Queue, CarriesItemsBetweenThreadsAndTasks) {
  tutti::queue<int> there{2};
  tutti::queue<int> back{2};
  std::thread echo([&] {
    while (auto x = there.next()) back.put(*x * 2);
    back.close();
  });
  long sum = 0;
  tutti::run([](tutti::queue<int>& out, tutti::queue<int>& in, long& total) -> task<> {
    const auto send = [](tutti::queue<int>& o) -> task<> {
      for (int i = 1; i <= 500; ++i) co_await o.async_put(i);
      o.close();
    };
    const auto receive = [](tutti::queue<int>& i, long& t) -> task<> {
      while (auto x = co_await i.async_next()) t += *x;
    };
    co_await tutti::gather(send(out), receive(in, total));
  }(there, back, sum));
  echo.join();
  EXPECT_EQ(sum, 500L * 501);
}

TEST(QueueDeathTest, DestroyingItUnderAWaiterEndsTheProgram) {
  EXPECT_DEATH(tutti::run([]() -> task<> {
                 auto q = std::make_unique<tutti::queue<int>>();
                 std::vector<int> out;
                 auto f = tutti::spawn(get_into(*q, out));
                 co_await tutti::yield();
                 q.reset();
                 co_await std::move(f);
               }()),
               "a queue was destroyed while somebody waited for it");
}

}  // namespace
