#include <tutti/core/timer_wheel.hpp>

#include <algorithm>
#include <bit>

namespace tutti::detail {

timer_wheel::timer_wheel(time_point now) noexcept : present_(tick_of(now)) {}

timer_wheel::~timer_wheel() {
  TUTTI_CHECK(size_ == 0, "a loop ended while timers were armed on it");
}

std::uint64_t timer_wheel::tick_of(time_point t) noexcept {
  const auto ns = t.time_since_epoch().count();
  return ns <= 0 ? 0 : static_cast<std::uint64_t>(ns) >> tick_bits;
}

void timer_wheel::insert(timer& t) noexcept {
  put(t);
  ++size_;
}

void timer_wheel::put(timer& t) noexcept {
  const std::uint64_t tick = std::max(tick_of(t.when), present_);
  const std::uint64_t differs = tick ^ present_;
  const unsigned level =
      differs == 0 ? 0 : (63U - static_cast<unsigned>(std::countl_zero(differs))) / slot_bits;
  const unsigned slot = static_cast<unsigned>(tick >> (level * slot_bits)) & (slots - 1);
  wheel_[level][slot].push_back(t);
  occupied_[level] |= std::uint64_t{1} << slot;
}

void timer_wheel::remove(timer& t) noexcept {
  list<timer>::unlink(t);  // the slot's bit may stay behind; who finds the slot empty clears it
  --size_;
}

/// The earliest occupied slot at or after the present. Finer levels come first: their slots lie
/// inside the present slot of the next level.
bool timer_wheel::first_slot(place& out) noexcept {
  for (unsigned level = 0; level < levels; ++level) {
    const unsigned shift = level * slot_bits;
    const auto here = static_cast<unsigned>(present_ >> shift) & (slots - 1);
    std::uint64_t bits = occupied_[level] & (~std::uint64_t{0} << here);
    while (bits != 0) {
      const auto slot = static_cast<unsigned>(std::countr_zero(bits));
      if (!wheel_[level][slot].empty()) {
        const std::uint64_t above =
            shift + slot_bits >= 64 ? 0 : present_ >> (shift + slot_bits) << (shift + slot_bits);
        out = {level, slot, above | (std::uint64_t{slot} << shift)};
        return true;
      }
      occupied_[level] &= ~(std::uint64_t{1} << slot);
      bits &= bits - 1;
    }
  }
  return false;
}

void timer_wheel::collect(time_point now) noexcept {
  const std::uint64_t tick = tick_of(now);
  place p{};
  while (first_slot(p) && p.start <= tick) {
    list<timer>& slot = wheel_[p.level][p.slot];
    present_ = std::max(present_, p.start);
    if (p.level == 0) {
      take_due(slot, now);
      return;  // either there is work to hand out, or the rest of this tick is not due yet
    }
    list<timer> moving;
    moving.splice_back(slot);
    occupied_[p.level] &= ~(std::uint64_t{1} << p.slot);
    while (timer* t = moving.pop_front()) put(*t);
  }
  if (tick > present_ && (!first_slot(p) || p.start > tick)) present_ = tick;
}

/// Moves what is due to `due_`, ordered by deadline; timers come nearly in order, so the search
/// from the back is short.
void timer_wheel::take_due(list<timer>& slot, time_point now) noexcept {
  list<timer> later;
  while (timer* t = slot.pop_front()) {
    if (t->when > now) {
      later.push_back(*t);
      continue;
    }
    timer* at = due_.back();
    while (at != nullptr && at->when > t->when) at = due_.before(at);
    due_.insert_after(at, *t);
  }
  slot.splice_back(later);
}

timer* timer_wheel::pop_due(time_point now) noexcept {
  if (due_.empty()) {
    if (size_ == 0) {
      present_ = std::max(present_, tick_of(now));
      return nullptr;
    }
    collect(now);
  }
  timer* t = due_.pop_front();
  if (t != nullptr) --size_;
  return t;
}

time_point timer_wheel::next_deadline() noexcept {
  if (timer* t = due_.front()) return t->when;
  place p{};
  if (size_ == 0 || !first_slot(p)) return time_point::max();
  if (p.level > 0) return time_point(duration(static_cast<duration::rep>(p.start << tick_bits)));
  time_point earliest = time_point::max();
  list<timer>& slot = wheel_[0][p.slot];
  for (timer* t = slot.front(); t != nullptr; t = slot.after(t))
    earliest = std::min(earliest, t->when);
  return earliest;
}

}  // namespace tutti::detail
