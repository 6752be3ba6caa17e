#include <tutti/sync/combinable.hpp>

#include <tutti/sys/current.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {

std::uint64_t thread_number() noexcept {
  if (TUTTI_UNLIKELY(sys::current_world != nullptr)) {
    // The strands of a simulation share one thread; each has a parker of its own.
    return reinterpret_cast<std::uintptr_t>(&sys::this_parker());
  }
  static sys::atomic<std::uint64_t> last{0};
  thread_local const std::uint64_t mine = last.fetch_add(1, sys::relaxed) + 1;
  return mine;
}

slot_head* slot_table::find(std::uint64_t thread) const noexcept {
  slot_head* const guess =
      recent_[thread % recent_max].load(sys::acquire);  // pairs: slot_table.add
  if (guess != nullptr && guess->thread == thread) return guess;
  for (slot_head* s = first(); s != nullptr; s = s->next) {
    if (s->thread == thread) return s;
  }
  return nullptr;
}

void slot_table::add(slot_head& slot) noexcept {
  sys::reach_further();
  slot_head* head = all_.load(sys::relaxed);
  do {
    slot.next = head;
    // release: the slot before the way to it. pairs: slot_table.add
  } while (!all_.compare_exchange_weak(head, &slot, sys::release, sys::relaxed));
  recent_[slot.thread % recent_max].store(&slot, sys::release);  // pairs: slot_table.add
}

void slot_table::clear() noexcept {
  sys::reach_further();
  for (auto& r : recent_) r.store(nullptr, sys::relaxed);
  all_.store(nullptr, sys::relaxed);
}

}  // namespace tutti::detail
