// Bugs of waiting: for ever, for nothing, for one another.
#include "museum.hpp"

#include <optional>

namespace museum {
namespace {

using tutti::event;
using tutti::lock_guard;
using tutti::mutex;
using tutti::semaphore;

// ---- two locks, two orders ----
void abba() {
  mutex left, right;
  both(
      [&] {
        lock_guard one{left};
        lock_guard two{right};
      },
      [&] {
        lock_guard one{right};
        lock_guard two{left};
      });
}
void abab() {
  mutex left, right;
  const auto use = [&] {
    lock_guard one{left};
    lock_guard two{right};
  };
  both(use, use);
}

// ---- three philosophers ----
void philosophers(bool last_one_differs) {
  mutex forks[3];
  const auto eat = [&](std::size_t me) {
    std::size_t first = me, second = (me + 1) % 3;
    if (last_one_differs && me == 2) std::swap(first, second);
    lock_guard one{forks[first]};
    lock_guard two{forks[second]};
  };
  tutti::thread c{"c", [&] { eat(2); }};
  both([&] { eat(0); }, [&] { eat(1); });
  c.join();
}
void philosophers_all_left_handed() { philosophers(false); }
void philosophers_in_order() { philosophers(true); }

// ---- look, then sleep ----
void lost_wakeup() {
  lab::atomic<bool> ready = false, sleeps = false;
  event bed;
  both(
      [&] {
        if (ready) return;
        sleeps = true;
        bed.wait();
      },
      [&] {
        ready = true;
        if (sleeps) bed.set();
      });
}
void no_lost_wakeup() {
  lab::atomic<bool> ready = false, sleeps = false;
  event bed;
  both(
      [&] {
        sleeps = true;
        if (!ready) bed.wait();
      },
      [&] {
        ready = true;
        if (sleeps) bed.set();
      });
}

// ---- the bell is silenced after the work instead of before ----
void event_cleared_late() {
  event bell;
  lab::atomic<int> work = 0;
  both(
      [&] {
        for (int done = 0; done < 2;) {
          bell.wait();
          done += work.exchange(0);
          bell.clear();
        }
      },
      [&] {
        for (int i = 0; i < 2; ++i) {
          ++work;
          bell.set();
        }
      });
}
void event_cleared_first() {
  event bell;
  lab::atomic<int> work = 0;
  both(
      [&] {
        for (int done = 0; done < 2;) {
          bell.wait();
          bell.clear();
          done += work.exchange(0);
        }
      },
      [&] {
        for (int i = 0; i < 2; ++i) {
          ++work;
          bell.set();
        }
      });
}

// ---- the bell rings before the work is there ----
void signal_before_data() {
  event bell;
  lab::shared<int> data = 0;
  both(
      [&] {
        bell.set();
        data = 7;
      },
      [&] {
        bell.wait();
        lab::check(data == 7);
      });
}
void data_before_signal() {
  event bell;
  lab::shared<int> data = 0;
  both(
      [&] {
        data = 7;
        bell.set();
      },
      [&] {
        bell.wait();
        lab::check(data == 7);
      });
}

// ---- woken does not mean that there is something ----
void waits_without_predicate() {
  event bell;
  mutex m;
  lab::shared<int> items = 0;
  const auto take = [&] {
    bell.wait();
    lock_guard hold{m};
    items -= 1;
    lab::check(items >= 0, "took what was not there");
  };
  tutti::thread producer{"producer", [&] {
                           {
                             lock_guard hold{m};
                             items += 1;
                           }
                           bell.set();
                           lock_guard hold{m};
                           items += 1;
                         }};
  both(take, take);
  producer.join();
}
void waits_with_predicate() {
  semaphore there{0};
  mutex m;
  lab::shared<int> items = 0;
  const auto take = [&] {
    there.acquire();
    lock_guard hold{m};
    items -= 1;
    lab::check(items >= 0, "took what was not there");
  };
  tutti::thread producer{"producer", [&] {
                           for (int i = 0; i < 2; ++i) {
                             {
                               lock_guard hold{m};
                               items += 1;
                             }
                             there.release();
                           }
                         }};
  both(take, take);
  producer.join();
}

// ---- a reader that wants to write waits for the other readers to leave ----
void reader_upgrade() {
  semaphore readers{2};
  const auto read_then_write = [&] {
    readers.acquire();  // read
    readers.acquire();  // write: everybody else must be out
    readers.release(2);
  };
  both(read_then_write, read_then_write);
}
void reader_leaves_first() {
  semaphore readers{2};
  mutex writers;
  const auto read_then_write = [&] {
    readers.acquire();
    readers.release();
    lock_guard hold{writers};
    readers.acquire();
    readers.acquire();
    readers.release(2);
  };
  both(read_then_write, read_then_write);
}

// ---- waiting for an item with the lock that the producer needs ----
void waits_with_lock_held() {
  mutex m;
  semaphore items{0};
  both(
      [&] {
        lock_guard hold{m};
        items.acquire();
      },
      [&] {
        lock_guard hold{m};
        items.release();
      });
}
void waits_before_lock() {
  mutex m;
  semaphore items{0};
  both(
      [&] {
        items.acquire();
        lock_guard hold{m};
      },
      [&] {
        lock_guard hold{m};
        items.release();
      });
}

// ---- a way out that forgets the lock ----
void forgotten_release() {
  semaphore one{1};
  lab::atomic<int> calls = 0;
  const auto use = [&] {
    one.acquire();
    if (++calls == 1) return;  // the early exit
    one.release();
  };
  both(use, use);
}
void released_by_scope() {
  semaphore one{1};
  lab::atomic<int> calls = 0;
  const auto use = [&] {
    tutti::permit hold{one};
    if (++calls == 1) return;
  };
  both(use, use);
}

// ---- a permit too many ----
void released_twice() {
  semaphore one{1};
  lab::atomic<int> inside = 0;
  const auto use = [&] {
    one.acquire();
    lab::check(++inside == 1, "two inside");
    --inside;
    one.release();
    one.release();  // the clean-up does it again
  };
  tutti::thread c{"c", use};
  both(use, use);
  c.join();
}
void released_once() {
  semaphore one{1};
  lab::atomic<int> inside = 0;
  const auto use = [&] {
    one.acquire();
    lab::check(++inside == 1, "two inside");
    --inside;
    one.release();
  };
  tutti::thread c{"c", use};
  both(use, use);
  c.join();
}

// ---- a barrier by hand, counted down for the next round before all have left ----
void barrier_reused(bool with_generation) {
  mutex m;
  lab::shared<int> waiting = 0, generation = 0;
  const auto meet = [&] {
    int mine = 0;
    {
      lock_guard hold{m};
      mine = generation;
      waiting += 1;
      if (waiting == 2) {
        generation += 1;
        waiting = 0;
      }
    }
    for (;;) {
      {
        lock_guard hold{m};
        if (with_generation ? generation != mine : waiting == 0) return;
      }
      lab::yield_point();
    }
  };
  const auto rounds = [&] {
    meet();
    meet();
  };
  both(rounds, rounds);
}
void barrier_without_generation() { barrier_reused(false); }
void barrier_with_generation() { barrier_reused(true); }

// ---- stop comes before start ----
void stop_during_start() {
  lab::atomic<bool> running = false;
  both(
      [&] {
        running = true;
        while (running) lab::yield_point();
      },
      [&] { running = false; });
}
void stop_stays() {
  lab::atomic<bool> stopped = false;
  both(
      [&] {
        while (!stopped) lab::yield_point();
      },
      [&] { stopped = true; });
}

// ---- the worker looks for the end, then waits for work ----
void stop_flag_and_blocking_get() {
  tutti::queue<int> work;
  lab::atomic<bool> stop = false;
  both(
      [&] {
        while (!stop) {
          if (work.get() == 0) continue;
        }
      },
      [&] {
        work.put(1);
        stop = true;
      });
}
void closed_queue() {
  tutti::queue<int> work;
  both(
      [&] {
        while (work.next()) {
        }
      },
      [&] {
        work.put(1);
        work.close();
      });
}

// ---- one of two producers closes ----
void producer_closes_early() {
  tutti::queue<int> work;
  const auto produce = [&] {
    work.put(1);
    work.close();
  };
  both(produce, produce);
}
void last_producer_closes() {
  tutti::queue<int> work;
  lab::atomic<int> producers = 2;
  const auto produce = [&] {
    work.put(1);
    if (producers.fetch_sub(1) == 1) work.close();
  };
  both(produce, produce);
}

// ---- not empty a moment ago ----
void empty_then_get() {
  tutti::queue<int> q;
  q.put(1);
  const auto take = [&] {
    if (!q.empty()) q.get();
  };
  both(take, take);
}
void try_get() {
  tutti::queue<int> q;
  q.put(1);
  const auto take = [&] { (void)q.try_get(); };
  both(take, take);
}

// ---- the time-out and the result cross ----
void timeout_swallows_result(bool decided_once) {
  lab::atomic<int> state = 0;  // 1: delivered, 2: given up
  lab::shared<bool> kept = false, refused = false, got = false;
  both(
      [&] {  // the one that delivers
        if (decided_once) {
          int open = 0;
          if (!state.compare_exchange(open, 1)) refused = true;
        } else if (state == 2) {
          refused = true;
        } else {
          state = 1;
        }
      },
      [&] {  // the one whose time is over
        if (decided_once) {
          int open = 0;
          got = !state.compare_exchange(open, 2);
        } else if (state == 1) {
          got = true;
        } else {
          state = 2;
        }
      });
  kept = refused || got;
  lab::check(kept, "delivered and given up: the result is lost");
}
void timeout_looks_first() { timeout_swallows_result(false); }
void timeout_decided_once() { timeout_swallows_result(true); }

// ---- a thread that nobody joins ----
void leaked_thread() {
  // Never destroyed: the planted leak is the library's to find, not the sanitizer's.
  static auto& forgotten = *new std::vector<tutti::thread*>;
  forgotten.push_back(new tutti::thread{"forgotten", [] {
                                          lab::yield_point();
                                          event().wait();
                                        }});
}
void joined_thread() {
  event done;
  tutti::thread t{"remembered", [&] { done.wait(); }};
  done.set();
  t.join();
}

// ---- an exception nobody expected ----
void exception_leaves_thread() {
  lab::atomic<int> order = 0;
  tutti::thread a{"a", [&] { order = 1; }};
  tutti::thread b{"b", [&] {
                    if (order == 1) throw std::runtime_error("order");
                  }};
  a.join();
  b.join();
}
void exception_is_handled() {
  lab::atomic<int> order = 0;
  tutti::thread a{"a", [&] { order = 1; }};
  tutti::thread b{"b", [&] {
                    if (order == 1) throw std::runtime_error("order");
                  }};
  a.join();
  try {
    b.join();
  } catch (const std::runtime_error&) {
  }
}

const hall waiting({
    {"abba", "deadlock", abba, abab},
    {"philosophers", "deadlock", philosophers_all_left_handed, philosophers_in_order},
    {"lost_wakeup", "deadlock", lost_wakeup, no_lost_wakeup},
    {"event_cleared_late", "deadlock", event_cleared_late, event_cleared_first},
    {"signal_before_data", "check", signal_before_data, data_before_signal},
    {"waits_without_predicate", "took what", waits_without_predicate, waits_with_predicate},
    {"reader_upgrade", "deadlock", reader_upgrade, reader_leaves_first},
    {"waits_with_lock_held", "deadlock", waits_with_lock_held, waits_before_lock},
    {"forgotten_release", "deadlock", forgotten_release, released_by_scope},
    {"released_twice", "two inside", released_twice, released_once},
    {"barrier_without_generation", "livelock", barrier_without_generation, barrier_with_generation},
    {"stop_during_start", "livelock", stop_during_start, stop_stays},
    {"stop_flag_and_blocking_get", "deadlock", stop_flag_and_blocking_get, closed_queue},
    {"producer_closes_early", "closed", producer_closes_early, last_producer_closes},
    {"empty_then_get", "deadlock", empty_then_get, try_get},
    {"timeout_swallows_result", "lost", timeout_looks_first, timeout_decided_once},
    {"leaked_thread", "leak", leaked_thread, joined_thread},
    {"exception_leaves_thread", "order", exception_leaves_thread, exception_is_handled},
});

}  // namespace
}  // namespace museum
