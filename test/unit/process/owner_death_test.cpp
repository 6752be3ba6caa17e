/// Who dies with something of every kind in hand, or waiting for it: the others go on.
#include <tutti/process/process.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include <tutti/process/connection.hpp>
#include <tutti/process/process_barrier.hpp>
#include <tutti/process/process_event.hpp>
#include <tutti/process/process_mutex.hpp>
#include <tutti/process/process_queue.hpp>
#include <tutti/process/process_semaphore.hpp>
#include <tutti/process/shared_value.hpp>
#include <tutti/runtime/run.hpp>

namespace {

using namespace std::chrono_literals;
using tutti::process;
using tutti::process_event;

/// Ends a process that has said it is about to wait, a few times: before, in and after its sleep.
template <class F, class... A>
void kill_waiters(F f, A... args) {
  for (int round = 0; round < 10; ++round) {
    process_event about;
    process doomed{"doomed", f, about, args...};
    about.wait();
    for (int i = 0; i < round * 1000; ++i) static_cast<void>(doomed.alive());
    doomed.kill();
    EXPECT_EQ(doomed.join().signal(), SIGKILL);
  }
}

TEST(owner_death, an_event_is_set_for_the_others_when_a_waiter_died) {
  process_event e;
  kill_waiters(
      [](process_event about, process_event waited) {
        about.set();
        waited.wait();
      },
      e);
  process other{"other", [](process_event waited) { waited.wait(); }, e};
  e.set();
  EXPECT_TRUE(other.join().ok());
}

TEST(owner_death, an_event_stays_set_when_its_setter_died) {
  process_event e;
  process setter{"setter",
                 [](process_event mine) {
                   mine.set();
                   std::raise(SIGKILL);
                 },
                 e};
  e.wait();
  EXPECT_EQ(setter.join().signal(), SIGKILL);
  EXPECT_TRUE(e.is_set());
}

TEST(owner_death, a_waiter_takes_no_permit_with_it) {
  tutti::process_semaphore s{0};
  kill_waiters(
      [](process_event about, tutti::process_semaphore waited) {
        about.set();
        waited.acquire();
      },
      s);
  s.release();
  s.acquire();
  EXPECT_EQ(s.value(), 0U);
}

TEST(owner_death, a_permit_that_was_only_counted_stays_taken_and_can_be_given_back_by_another) {
  tutti::process_semaphore s{1};
  process holder{"holder",
                 [](tutti::process_semaphore mine) {
                   mine.acquire();
                   std::raise(SIGKILL);
                 },
                 s};
  EXPECT_EQ(holder.join().signal(), SIGKILL);
  EXPECT_FALSE(s.try_acquire());
  s.release();
  EXPECT_TRUE(s.try_acquire());
}

void hold_and_die(tutti::process_semaphore s, process_event holds, process_event now) {
  const tutti::permit one{s};
  const tutti::permit two{s};
  holds.set();
  now.wait();
  std::raise(SIGKILL);
}

TEST(owner_death, permits_of_the_dead_go_to_a_waiting_thread) {
  tutti::process_semaphore s{2};
  process_event holds;
  process_event now;
  process holder{"holder", hold_and_die, s, holds, now};
  holds.wait();
  EXPECT_FALSE(s.try_acquire());
  std::thread waiter([&] {
    const tutti::permit one{s};  // waits for the living, then gets what the dead held
    const tutti::permit two{s};
  });
  now.set();
  waiter.join();
  EXPECT_EQ(s.value(), 2U);  // though nobody has collected the dead yet
  EXPECT_EQ(holder.join().signal(), SIGKILL);
  EXPECT_EQ(s.value(), 2U);
}

tutti::task<void> take_both(tutti::process_semaphore s, process_event now) {
  now.set();
  const tutti::permit one = co_await s.async_acquire();
  const tutti::permit two = co_await s.async_acquire();
}
TEST(owner_death, permits_of_the_dead_go_to_a_waiting_task) {
  tutti::process_semaphore s{2};
  process_event holds;
  process_event now;
  process holder{"holder", hold_and_die, s, holds, now};
  holds.wait();
  tutti::run(take_both(s, now));
  EXPECT_EQ(holder.join().signal(), SIGKILL);
  EXPECT_EQ(s.value(), 2U);
}

TEST(owner_death, permits_of_the_dead_are_found_by_who_only_tries) {
  tutti::process_semaphore s{2};
  process_event holds;
  process_event now;
  process holder{"holder", hold_and_die, s, holds, now};
  holds.wait();
  now.set();
  EXPECT_EQ(holder.join().signal(), SIGKILL);
  while (!s.try_acquire()) std::this_thread::yield();
  EXPECT_EQ(s.value(), 1U);
}

/// Whatever instruction they die at, no permit is lost and none comes to be.
TEST(owner_death, permits_are_as_many_as_before_after_a_storm) {
  tutti::process_semaphore s{3};
  const auto take_and_give = [](tutti::process_semaphore of, process_event began) {
    for (;;) {
      const tutti::permit one{of};
      const tutti::permit two{of};
      began.set();
    }
  };
  for (int round = 0; round < 20; ++round) {
    process_event began;
    process one{"one", take_and_give, s, began};
    process two{"two", take_and_give, s, began};
    began.wait();
    for (int i = 0; i < round * 500; ++i) static_cast<void>(one.alive());
    one.kill();
    two.kill();
    one.join();
    two.join();
  }
  {
    const tutti::permit first{s};
    const tutti::permit second{s};
    const tutti::permit third{s};
    EXPECT_FALSE(s.try_acquire());
  }
  EXPECT_EQ(s.value(), 3U);
}

TEST(owner_death, a_value_stays_usable_with_what_had_been_written) {
  tutti::shared_value<int> v{1};
  process writer{"writer",
                 [](tutti::shared_value<int> mine) {
                   mine.with([](int& x) {
                     x = 2;
                     std::raise(SIGKILL);
                   });
                 },
                 v};
  EXPECT_EQ(writer.join().signal(), SIGKILL);
  EXPECT_EQ(v.load(), 2);
  v.store(3);
  EXPECT_EQ(v.load(), 3);
}

TEST(owner_death, a_mutex_goes_to_the_next_when_its_waiters_died) {
  tutti::process_mutex m;
  m.lock();
  kill_waiters(
      [](process_event about, tutti::process_mutex waited) {
        about.set();
        waited.lock();
      },
      m);
  m.unlock();
  EXPECT_TRUE(m.try_lock());
  EXPECT_FALSE(m.owner_died());
  m.unlock();
}

TEST(owner_death, a_queue_gives_its_items_to_the_others_when_a_getter_died) {
  tutti::process_queue<std::string> q{4096};
  kill_waiters(
      [](process_event about, tutti::process_queue<std::string> waited) {
        about.set();
        waited.get();
      },
      q);
  for (int i = 0; i < 10; ++i) q.put(std::to_string(i));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(q.get(), std::to_string(i));
}

TEST(owner_death, a_queue_is_whole_when_getters_die_among_items) {
  tutti::process_queue<int> q{4096};
  int next = 0;
  for (int round = 0; round < 10; ++round) {
    process taker{"taker",
                  [](tutti::process_queue<int> from) {
                    for (;;) from.get();
                  },
                  q};
    for (int i = 0; i < 50 * round; ++i) q.put(next++);
    taker.kill();
    taker.join();
    int last = -1;
    while (auto item = q.try_get()) {
      if (last >= 0) {
        ASSERT_EQ(*item, last + 1);
      }
      last = *item;
    }
    EXPECT_EQ(q.size(), 0U);  // the count, too
  }
}

TEST(owner_death, a_barrier_waits_for_the_living_only) {
  tutti::process_barrier pair{2};
  kill_waiters(
      [](process_event about, tutti::process_barrier waited) {
        about.set();
        waited.arrive_and_wait();
      },
      pair);
  process other{"other", [](tutti::process_barrier b) { b.arrive_and_wait(); }, pair};
  pair.arrive_and_wait();
  EXPECT_TRUE(other.join().ok());
}

/// They die in arriving, in waiting and in letting the others go.
TEST(owner_death, a_barrier_serves_the_living_after_a_storm) {
  tutti::process_barrier pair{2};
  const auto go_round = [](tutti::process_barrier b, process_event began) {
    for (;;) {
      b.arrive_and_wait();
      began.set();
    }
  };
  for (int round = 0; round < 20; ++round) {
    process_event began;
    process one{"one", go_round, pair, began};
    process two{"two", go_round, pair, began};
    began.wait();
    for (int i = 0; i < round * 500; ++i) static_cast<void>(one.alive());
    one.kill();
    one.join();
    for (int i = 0; i < 10; ++i) pair.arrive_and_wait();  // with the other one
    two.kill();
    two.join();
    EXPECT_FALSE(pair.try_arrive_and_wait_for(0ms));
  }
}

/// Dies when half of it has been written.
struct half_written {
  int host = 0;
};

}  // namespace

template <>
struct tutti::wire::crossing<half_written> {
  static void encode(byte_writer& out, const half_written& h) {
    const std::string text(100'000, 'x');
    out.put_value(h.host);
    out.put(text.data(), text.size());
  }
  static half_written decode(byte_reader& in) {
    const int host = in.take_value<int>();
    in.skip(100'000);
    return {host};
  }
};

namespace {

TEST(owner_death, a_pipe_says_that_its_end_is_gone_in_the_middle_of_a_message) {
  auto [ours, theirs] = tutti::pipe();
  process_event about;
  process writer{"writer",
                 [](tutti::connection c, process_event e) {
                   e.set();
                   for (;;) c.send(half_written{1});  // more than the pipe holds
                 },
                 std::move(theirs), about};
  about.wait();
  EXPECT_EQ(ours.receive<half_written>().host, 1);
  writer.kill();
  EXPECT_EQ(writer.join().signal(), SIGKILL);
  try {
    for (;;) ours.receive<half_written>();
  } catch (const tutti::closed&) {
  } catch (const tutti::wire_error&) {
  }
  EXPECT_THROW(ours.receive<int>(), tutti::error);
}

}  // namespace
