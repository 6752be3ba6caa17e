// Bugs of memory order: right on a machine that does one thing after the other, wrong in C++.
#include "museum.hpp"

#include <tutti/sys/atomic.hpp>

namespace museum {
namespace {

using order = std::memory_order;
constexpr order relaxed = tutti::sys::relaxed;
constexpr order acquire = tutti::sys::acquire;
constexpr order release = tutti::sys::release;
constexpr order acq_rel = tutti::sys::acq_rel;

// ---- the flag overtakes what it announces ----
template <order Give>
void flag() {
  lab::shared<int> data = 0;
  lab::atomic<bool> ready = false;
  both(
      [&] {
        data = 7;
        ready.store(true, Give);
      },
      [&] {
        if (ready.load(acquire)) lab::check(data == 7);
      });
}

// ---- a lock that is given back before what was done under it ----
template <order Give>
void spinlock() {
  lab::shared<int> x = 0;
  lab::atomic<bool> held = false;
  const auto add = [&] {
    while (held.exchange(true, acquire)) lab::yield_point();
    x = x + 1;
    held.store(false, Give);
  };
  both(add, add);
  lab::check(x == 2);
}

// ---- each announces itself, then looks for the other: both looks may come first ----
template <bool Fenced>
void announce_and_look() {
  lab::atomic<bool> mine = false, yours = false;
  lab::atomic<int> inside = 0;
  const auto enter = [&](lab::atomic<bool>& own, lab::atomic<bool>& other) {
    own.store(true, relaxed);
    if (Fenced) lab::fence();
    if (!other.load(relaxed)) lab::check(inside.fetch_add(1, relaxed) == 0, "two inside");
  };
  both([&] { enter(mine, yours); }, [&] { enter(yours, mine); });
}

// ---- a ring whose index arrives before its items ----
template <order Give>
void ring() {
  lab::shared<int> slots[2] = {0, 0};
  lab::atomic<int> end = 0;
  both(
      [&] {
        for (int i = 0; i < 2; ++i) {
          slots[i] = i + 1;
          end.store(i + 1, Give);
        }
      },
      [&] {
        const int there = end.load(acquire);
        for (int i = 0; i < there; ++i) lab::check(slots[i] == i + 1, "an empty slot");
      });
}

// ---- the last owner clears away what another one has just written ----
template <order Drop>
void last_owner() {
  lab::atomic<int> owners = 2;
  lab::shared<int> written = 0;
  const auto drop = [&](bool writes) {
    if (writes) written = 7;
    if (owners.fetch_sub(1, Drop) == 1) lab::check(written == 7, "cleared away too early");
  };
  both([&] { drop(true); }, [&] { drop(false); });
}

// ---- a comparison that is allowed to fail for nothing ----
template <bool Again>
void claim() {
  lab::atomic<int> claimed = 0;
  const auto take = [&] {
    int seen = 0;
    while (!claimed.compare_exchange_weak(seen, 1)) {
      if (!Again || seen != 0) return;
    }
  };
  both(take, take);
  lab::check(claimed == 1, "nobody claimed it");
}

const hall orders({
    {"flag_overtakes_data", "check", flag<relaxed>, flag<release>, true},
    {"spinlock_released_relaxed", "check", spinlock<relaxed>, spinlock<release>, true},
    {"announce_and_look_without_fence", "two inside", announce_and_look<false>,
     announce_and_look<true>, true},
    {"ring_index_overtakes_item", "empty slot", ring<relaxed>, ring<release>, true},
    {"last_owner_relaxed", "too early", last_owner<relaxed>, last_owner<acq_rel>, true},
    {"weak_comparison_once", "nobody claimed", claim<false>, claim<true>, true},
});

}  // namespace
}  // namespace museum
