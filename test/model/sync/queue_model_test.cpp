#include <gtest/gtest.h>

#include <vector>

#include <tutti/testing/explore.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/tutti.hpp>

#include "../explorer/budget.hpp"

namespace lab = tutti::testing;
using tutti::task;

namespace {

task<int> drain(tutti::queue<int>& q) {
  int last = 0;
  int sum = 0;
  while (auto x = co_await q.async_next()) {
    lab::check(*x > last);  // one producer: what one getter sees is in order
    last = *x;
    sum += *x;
  }
  co_return sum;
}

TEST(QueueModel, ABoundedQueueBetweenThreadsAndTasksLosesNothing) {
  lab::explore(budget(), [] {
    tutti::queue<int> q{1};
    int in_a_thread = 0;
    int in_tasks = 0;
    {
      tutti::thread producer{[&] {
        for (int i = 1; i <= 4; ++i) q.put(i);
        q.close();
      }};
      tutti::thread consumer{[&] {
        while (auto x = q.next()) in_a_thread += *x;
      }};
      in_tasks = tutti::run([](tutti::queue<int>& qu) -> task<int> {
        auto [a, b] = co_await tutti::gather(drain(qu), drain(qu));
        co_return a + b;
      }(q));
    }
    lab::check(in_a_thread + in_tasks == 10);
  });
}

task<> get_one(tutti::queue<int>& q, std::vector<int>& got) {
  if (auto x = co_await q.async_next(); x) got.push_back(*x);
}

TEST(QueueModel, ACancelledGetterNeitherLosesNorReordersAnItem) {
  lab::explore(budget(), [] {
    tutti::queue<int> q;
    std::vector<int> first;
    std::vector<int> rest;
    {
      tutti::event_loop loop;
      auto a = loop.submit(get_one(q, first));
      tutti::thread canceller{[&] { a.cancel(); }};
      tutti::thread producer{[&] {
        for (int i = 1; i <= 3; ++i) q.put(i);
        q.close();
      }};
      while (auto x = q.next()) rest.push_back(*x);
      a.wait();
    }
    // The closing getter may have drained the queue before the cancelled one got its turn.
    while (auto x = q.next()) rest.push_back(*x);
    lab::check(first.size() + rest.size() == 3);
    for (std::size_t i = 1; i < rest.size(); ++i) lab::check(rest[i] > rest[i - 1]);
  });
}

TEST(QueueModel, APutIsInOrItIsNot) {
  lab::explore(budget(), [] {
    tutti::queue<int> q{1};
    int got = 0;
    bool put = false;
    {
      q.put(1);
      tutti::event_loop loop;
      auto a = loop.submit([](tutti::queue<int>& qu, bool& done) -> task<> {
        co_await qu.async_put(10);
        done = true;
      }(q, put));
      tutti::thread canceller{[&] { a.cancel(); }};
      got += q.get();
      a.wait();
      q.close();
      while (auto x = q.next()) got += *x;
    }
    lab::check(got == (put ? 11 : 1));
  });
}

TEST(QueueModel, JoinWaitsForTheLastItem) {
  lab::explore(budget(), [] {
    tutti::queue<int> q;
    lab::shared<int> done = 0;
    tutti::thread worker{[&] {
      while (auto x = q.next()) {
        ++done;
        q.task_done();
      }
    }};
    q.put(1);
    q.put(2);
    q.join();
    lab::check(done == 2);
    q.close();
  });
}

}  // namespace
