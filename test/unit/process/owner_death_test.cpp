/// Who dies with something of every kind in hand, or waiting for it: the others go on.
#include <tutti/process/process.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
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

TEST(owner_death, a_permit_of_the_dead_stays_taken_and_can_be_given_back_by_another) {
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
