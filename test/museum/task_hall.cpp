// Bugs of tasks: cancelled at the wrong moment, cancelled for nothing, or waiting for one another.
#include "museum.hpp"

#include <chrono>
#include <optional>

namespace museum {
namespace {

using namespace std::chrono_literals;
using tutti::event;
using tutti::lock_guard;
using tutti::mutex;
using tutti::task;

// ---- a task that catches everything, its cancellation too, and begins anew ----
void dropped_cancellation(bool passes_it_on) {
  event news;
  lab::atomic<int> rounds = 0;
  tutti::cancel_scope scope;
  tutti::thread canceller{"canceller", [&] { scope.cancel(); }};
  const auto serve = [&]() -> task<> {
    for (int i = 0; i < 3; ++i) {
      bool was_cut = false;
      try {
        co_await tutti::yield();
      } catch (...) {
        was_cut = true;
      }
      if (was_cut && passes_it_on) co_return;
      if (was_cut) lab::check(++rounds < 2, "went on after its cancellation");
    }
  };
  const auto main = [&]() -> task<> { co_await scope.run(serve()); };
  tutti::run(main());
}
void catches_everything() { dropped_cancellation(false); }
void leaves_when_cancelled() { dropped_cancellation(true); }

// ---- cancelled between the taking and the scope that gives back ----
template <bool ByScope>
void cancelled_with_permit() {
  tutti::semaphore permits{1};
  tutti::cancel_scope scope;
  tutti::thread canceller{"canceller", [&] { scope.cancel(); }};
  const auto use = [&]() -> task<> {
    if constexpr (ByScope) {
      tutti::permit held = co_await permits.async_acquire();
      co_await tutti::yield();
    } else {
      if (!permits.try_acquire()) co_return;
      co_await tutti::yield();
      permits.release();
    }
  };
  const auto guarded = [&]() -> task<> { co_await scope.run(use()); };
  tutti::run(guarded());
  canceller.join();
  lab::check(permits.try_acquire(), "the permit is lost");
}
void permit_lost_by_cancellation() { cancelled_with_permit<false>(); }
void permit_given_back_by_scope() { cancelled_with_permit<true>(); }

// ---- taken from the queue, cancelled, gone ----
void item_lost(bool puts_back) {
  tutti::queue<int> work;
  work.put(1);
  tutti::cancel_scope scope;
  lab::atomic<int> done = 0;
  tutti::thread canceller{"canceller", [&] { scope.cancel(); }};
  const auto handle = [&]() -> task<> {
    const int item = co_await work.async_get();
    bool was_cut = false;
    try {
      co_await tutti::yield();
      ++done;
    } catch (const tutti::cancelled&) {
      was_cut = true;
    }
    if (was_cut && puts_back) work.put(item);
  };
  const auto main = [&]() -> task<> { co_await scope.run(handle()); };
  tutti::run(main());
  canceller.join();
  lab::check(done == 1 || work.try_get().has_value(), "neither done nor there");
}
void item_lost_by_cancellation() { item_lost(false); }
void item_put_back() { item_lost(true); }

// ---- two that wait, one of whom is called, the wrong one ----
void turn_taking(bool calls_all) {
  mutex m;
  tutti::condition changed;
  int turn = 0;
  const auto wait_for = [&](int mine) {
    lock_guard hold{m};
    changed.wait(hold, [&] { return turn == mine; });
    ++turn;
    if (calls_all) {
      changed.notify_all();
    } else {
      changed.notify_one();
    }
  };
  tutti::thread c{"c", [&] { wait_for(2); }};
  both([&] { wait_for(0); }, [&] { wait_for(1); });
  c.join();
}
void calls_one_of_many() { turn_taking(false); }
void calls_all_of_many() { turn_taking(true); }

// ---- woken, but not the only one: `if` where `while` belongs ----
void looks_once(bool looks_again) {
  mutex m;
  tutti::condition there;
  int items = 0;
  const auto take = [&] {
    lock_guard hold{m};
    if (looks_again) {
      there.wait(hold, [&] { return items > 0; });
    } else if (items == 0) {
      there.wait(hold);
    }
    lab::check(--items >= 0, "took what was not there");
  };
  tutti::thread producer{"producer", [&] {
                           for (int i = 0; i < 2; ++i) {
                             lock_guard hold{m};
                             ++items;
                             there.notify_all();
                           }
                         }};
  both(take, take);
  producer.join();
}
void if_instead_of_while() { looks_once(false); }
void while_as_it_should() { looks_once(true); }

// ---- a lock for which one must be lucky: who comes later overtakes again and again ----
void overtaking(bool in_line) {
  lab::atomic<bool> held = false, waits = false;
  lab::atomic<int> next = 0, served = 0;
  int overtaken = 0;
  const auto enter = [&](bool patient) {
    if (in_line) {
      const int mine = next.fetch_add(1);
      if (patient) waits = true;
      while (served != mine) lab::yield_point();
    } else {
      while (held.exchange(true)) {
        if (patient) waits = true;
        lab::yield_point();
      }
    }
  };
  const auto leave = [&] {
    if (in_line) {
      ++served;
    } else {
      held = false;
    }
  };
  both(
      [&] {
        enter(true);
        waits = false;
        leave();
      },
      [&] {
        for (int i = 0; i < 4; ++i) {
          enter(false);
          if (waits) lab::check(++overtaken < 2, "overtaken twice: it may starve");
          leave();
        }
      });
}
void barging_starves() { overtaking(false); }
void ticket_lock_is_fair() { overtaking(true); }

// ---- a group that waits for a child that waits for the group ----
void child_waits_for_parent(bool tells_first) {
  event parent_done;
  const auto child = [&]() -> task<> { co_await parent_done.async_wait(); };
  const auto body = [&](tutti::task_group& g) -> task<> {
    g.spawn(child());
    if (tells_first) parent_done.set();
    co_return;
  };
  const auto main = [&]() -> task<> {
    co_await tutti::with_task_group(body);
    parent_done.set();
  };
  tutti::run(main());
}
void group_waits_for_its_child() { child_waits_for_parent(false); }
void group_tells_its_child() { child_waits_for_parent(true); }

// ---- a pool whose only worker waits for work queued behind it ----
void waits_in_the_pool(unsigned threads) {
  tutti::thread_pool pool{{.threads = threads}};
  event inner_done;
  auto outer = pool.submit([&] { inner_done.wait(); });
  auto inner = pool.submit([&] { inner_done.set(); });
  outer.get();
  inner.get();
}
void pool_waits_for_itself() { waits_in_the_pool(1); }
void pool_has_room_for_both() { waits_in_the_pool(2); }

const hall tasks({
    {"catches_everything", "after its cancellation", catches_everything, leaves_when_cancelled},
    {"permit_lost_by_cancellation", "permit is lost", permit_lost_by_cancellation,
     permit_given_back_by_scope},
    {"item_lost_by_cancellation", "neither done nor there", item_lost_by_cancellation,
     item_put_back},
    {"calls_one_of_many", "deadlock", calls_one_of_many, calls_all_of_many},
    {"if_instead_of_while", "took what", if_instead_of_while, while_as_it_should},
    {"barging_starves", "overtaken", barging_starves, ticket_lock_is_fair},
    {"group_waits_for_its_child", "deadlock", group_waits_for_its_child, group_tells_its_child},
    {"pool_waits_for_itself", "deadlock", pool_waits_for_itself, pool_has_room_for_both},
});

}  // namespace
}  // namespace museum
