#include <tutti/core/future_state.hpp>

#include <tutti/base/clock.hpp>
#include <tutti/base/list.hpp>
#include <tutti/core/detail/helping_wait.hpp>
#include <tutti/core/detail/unread_error.hpp>
#include <tutti/core/detail/wait_watch.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/sys/futex.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {
namespace {

completion* list_of(std::uintptr_t word) noexcept {
  return reinterpret_cast<completion*>(word & ~std::uintptr_t{7});
}

/// A thread asleep in get(): a wait and a completion at once.
struct sleeping_thread final : helping_wait, completion {
  sleeping_thread(task_cell& c, future_base& f) noexcept
      : helping_wait(kind_of, c),
        completion(
            [](completion& self) noexcept { static_cast<sleeping_thread&>(self).result_came(); }),
        future(f) {}
  bool enlist() noexcept override { return future.add(*this); }
  bool withdraw() noexcept override { return future.remove(*this); }
  using helping_wait::until_result;
  static constexpr wait_kind kind_of = kind_named("future.get");
  future_base& future;
};
}  // namespace

bool future_base::add(completion& c) noexcept {
  sys::reach_further(this);
  std::uintptr_t word = word_.load(sys::acquire);  // pairs: future.done
  for (;;) {
    if (word == is_done) return false;
    if ((word & locked) != 0) {
      sys::cpu_relax();
      word = word_.load(sys::acquire);  // pairs: future.done
      continue;
    }
    c.next = list_of(word);
    const std::uintptr_t kind = (word & has_callback) | (c.is_callback ? has_callback : 0);
    // release, pairs: future.list
    if (word_.compare_exchange(word, reinterpret_cast<std::uintptr_t>(&c) | kind, sys::acq_rel,
                               sys::acquire))
      return true;
  }
}

bool future_base::remove(completion& c) noexcept {
  sys::reach_further(this);
  std::uintptr_t word = word_.load(sys::acquire);  // pairs: future.list
  for (;;) {
    if (word == is_done) return false;
    if ((word & locked) != 0) {
      sys::cpu_relax();
      word = word_.load(sys::acquire);  // pairs: future.list
      continue;
    }
    // pairs: future.list
    if (word_.compare_exchange(word, word | locked, sys::acq_rel, sys::acquire)) break;
  }
  completion* head = list_of(word);
  completion** at = &head;
  while (*at != nullptr && *at != &c) at = &(*at)->next;
  const bool found = *at != nullptr;
  if (found) *at = c.next;
  // release, pairs: future.list
  word_.store(head == nullptr ? 0 : reinterpret_cast<std::uintptr_t>(head) | (word & has_callback),
              sys::release);
  return found;
}

void future_base::complete() noexcept {
  sys::reach_further(this);
  chain<completion, &completion::next> waiters;
  std::uintptr_t word = word_.load(sys::acquire);  // pairs: future.list
  for (;;) {
    TUTTI_ASSERT(word != is_done);
    if ((word & locked) != 0) {
      sys::cpu_relax();
      word = word_.load(sys::acquire);  // pairs: future.list
      continue;
    }
    // Callbacks see the result before anybody may move it out, so they run before the word says
    // done.
    const bool last_round = (word & has_callback) == 0;
    // release: the result before the word. pairs: future.done, future.list
    if (!word_.compare_exchange(word, last_round ? is_done : 0, sys::acq_rel, sys::acquire))
      continue;
    chain<completion, &completion::next> arrived;
    for (completion* c = list_of(word); c != nullptr;) {
      completion* const older = c->next;
      arrived.push_front(c);
      c = older;
    }
    while (completion* const c = arrived.pop_front()) {
      if (c->is_callback) {
        c->fire(*c);
      } else {
        waiters.push_back(c);
      }
    }
    if (last_round) break;
    word = word_.load(sys::acquire);  // pairs: future.list
  }
  // may end the waiter and c with it
  while (completion* const c = waiters.pop_front()) c->fire(*c);
}

void future_base::refuse_own_result(task_cell& waiter) const {
  const task_cell* const own = produced_by();
  if (own == nullptr) return;
  for (const task_cell* t = &waiter; t != nullptr; t = t->awaited_by.load(sys::relaxed)) {
    if (t == own) {
      throw deadlock("task \"" + waiter.name_text() +
                     "\" waits for a result that comes only after its own end");
    }
  }
}

bool future_base::block_until_done(time_point deadline) {
  task_cell& cell = current_cell();
  cell.checkpoint();
  if (!done()) refuse_own_result(cell);
  const std::uint64_t of = deadline == time_point::max() ? producer_to_watch(*this) : 0;
  const watched_wait seen(cell, of);
  return sleeping_thread(cell, *this).until_result(deadline);
}

/// The last share is gone: an error that nobody read is told now, while the whole object still
/// stands.
void future_base::report_if_unobserved(const std::exception_ptr& error) noexcept {
  if (!error || cancelled_ || observed_.load(sys::relaxed)) return;
  const unread_error of(produced_by());
  try {
    report_unobserved(label(), error);
  } catch (...) {
    report_unobserved("a task", error);
  }
}

}  // namespace tutti::detail
