#include <tutti/core/detail/cancel_node.hpp>

#include <algorithm>
#include <array>

#include <tutti/core/detail/stop_record.hpp>
#include <tutti/core/scheduler.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {

sys::atomic<std::uint32_t> cancel_node::epoch{1};

namespace {
/// One lock and one list of roots for every 1/16 of all trees: trees of independent runs rarely
/// meet.
///
/// Threads:  `roots` by whoever holds `mu`.
/// Lifetime: as long as the program.
/// Wakes:    nobody.
/// Order:    that of the lock.
/// Cancel:   the lock under which a tree is walked and its waits are claimed.
struct alignas(64) stripe {
  sys::mutex mu;
  list_any roots;
};
constexpr std::size_t stripes_max = 16;

stripe& stripe_at(std::size_t i) noexcept {
  // Never destroyed: tasks of static pools may still end while the program does. Not allocated:
  // whoever cancels must not need memory.
  union forever {
    forever() noexcept : all{} {}
    ~forever() {}
    std::array<stripe, stripes_max> all;
  };
  static forever kept;
  return kept.all[i];
}

unsigned char next_stripe() noexcept {
#if defined(TUTTI_MODEL)
  return 0;  // runs of one scenario depend on nothing that was before them, and meet at the lock
#endif
  static sys::atomic<unsigned> turn{0};
  return static_cast<unsigned char>(turn.fetch_add(1, sys::relaxed) % stripes_max);
}
}  // namespace

cancel_node::cancel_node(kind k, cancel_node* parent) noexcept
    : parent_(parent), kind_(k), stripe_(parent != nullptr ? parent->stripe_ : next_stripe()) {}

cancel_node::~cancel_node() {
  TUTTI_CHECK(!is_linked(), "a scope was destroyed while it was still in the tree");
}

sys::mutex& cancel_node::tree() const noexcept { return stripe_at(stripe_).mu; }

void cancel_node::link_slow() noexcept {
  sys::lock hold(tree());
  link_locked();
}

void cancel_node::link_locked() noexcept {
  for (cancel_node* n = this; n != nullptr && !n->linked_.load(sys::relaxed); n = n->parent_) {
    list_any& siblings = n->parent_ != nullptr ? n->parent_->children_ : stripe_at(stripe_).roots;
    siblings.push_back(n);
    n->linked_.store(true, sys::release);  // pairs: cancel_node.linked
  }
}

void cancel_node::leave() noexcept {
  if (!linked_.load(sys::acquire)) return;  // pairs: cancel_node.linked
  sys::lock hold(tree());
  const cancel_reason why = effective_locked();
  while (auto* child = static_cast<cancel_node*>(children_.front())) {
    TUTTI_CHECK(child->unowned_, "a scope was left while tasks it owns were still running");
    list_any::unlink(child);
    child->parent_ = nullptr;
    if (why != cancel_reason::none && !child->is_cancelled()) {
      // pairs: cancel_node.reason
      child->reason_.store(static_cast<unsigned char>(why), sys::release);
    }
    stripe_at(stripe_).roots.push_back(child);
  }
  list_any::unlink(this);
  linked_.store(false, sys::relaxed);
}

cancel_reason cancel_node::effective_locked() noexcept {
  for (cancel_node* n = this; n != nullptr; n = n->parent_) {
    if (const cancel_reason why = n->reason(); why != cancel_reason::none) return why;
    if (n->kind_ == kind::shield) return cancel_reason::none;
  }
  return cancel_reason::none;
}

cancel_reason cancel_node::effective(time_point& earliest_deadline) noexcept {
  sys::lock hold(tree());
  earliest_deadline = time_point::max();
  for (cancel_node* n = this; n != nullptr; n = n->parent_) {
    earliest_deadline = std::min(earliest_deadline, n->deadline_);
    if (n->kind_ == kind::shield) break;
  }
  return effective_locked();
}

void cancel_node::mark_clean(std::uint32_t at) noexcept {
  sys::lock hold(tree());
  for (cancel_node* n = this; n != nullptr && n->kind_ != kind::shield; n = n->parent_) {
    n->clean_epoch_.store(at, sys::relaxed);
  }
}

void cancel_node::set_deadline(time_point t) noexcept {
  sys::reach_further();
  sys::lock hold(tree());
  deadline_ = t;
  epoch.fetch_add(1, sys::release);  // pairs: cancel_node.epoch
}

time_point cancel_node::deadline() const noexcept {
  sys::lock hold(tree());
  return deadline_;
}

cancel_reason cancel_node::effective_above() noexcept {
  if (kind_ == kind::shield) return cancel_reason::none;
  sys::lock hold(tree());
  return parent_ != nullptr ? parent_->effective_locked() : cancel_reason::none;
}

void cancel_node::expire(time_point now) noexcept {
  for (;;) {
    cancel_node* late = nullptr;
    {
      sys::lock hold(tree());
      for (cancel_node* n = this; n != nullptr; n = n->parent_) {
        if (n->deadline_ <= now && !n->is_cancelled()) late = n;
        if (n->kind_ == kind::shield) break;
      }
    }
    // `late` stays alive: it is in the calling task's own chain.
    if (late == nullptr || !late->cancel(cancel_reason::deadline)) return;
  }
}

cancel_node* cancel_node::next_below(cancel_node* top, cancel_node* at, bool descend) noexcept {
  if (descend) {
    if (auto* child = static_cast<cancel_node*>(at->children_.front())) return child;
  }
  for (; at != top; at = at->parent_) {
    if (auto* sibling = static_cast<cancel_node*>(at->parent_->children_.after(at))) return sibling;
  }
  return nullptr;
}

/// Claims every parked task whose wait must end now; those that run are told to look before they
/// park.
void cancel_node::claim_below_locked(debt& out) noexcept {
  const auto visit = [&out](task_cell& cell) {
    for (stop_record* stop = cell.stop_; stop != nullptr; stop = stop->outer) {
      if (stop->taken || stop->scope->effective_locked() == cancel_reason::none) continue;
      stop->taken = true;
      stop->shares.fetch_add(1, sys::relaxed);
      stop->next = out.stops;
      out.stops = stop;
    }
    if (!cell.claim_abort()) return;
    const cancel_reason why = cell.scope->effective_locked();
    if (why == cancel_reason::none) {
      cell.unclaim();
      return;
    }
    cell.abort_reason = why;
    cell.next_ready = out.claimed;
    out.claimed = &cell;
  };
  if (owner != nullptr) visit(*owner);
  bool descend = true;
  for (cancel_node* n = next_below(this, this, true); n != nullptr;
       n = next_below(this, n, descend)) {
    descend = n->kind_ != kind::shield;
    if (n->is_task()) visit(*static_cast<task_cell*>(n));
  }
}

bool cancel_node::mark_cancelled(cancel_reason why, debt& owed) noexcept {
  sys::reach_further();
  sys::lock hold(tree());
  if (is_cancelled()) return false;
  reason_.store(static_cast<unsigned char>(why), sys::release);  // pairs: cancel_node.reason
  epoch.fetch_add(1, sys::release);                              // pairs: cancel_node.epoch
  claim_below_locked(owed);
  return true;
}

void cancel_node::debt::pay() noexcept {
  while (claimed != nullptr) {
    task_cell* const cell = claimed;
    claimed = cell->next_ready;
    cell->abort_claimed();
  }
  while (stops != nullptr) {
    stop_record* const stop = stops;
    stops = stop->next;
    stop->source.request_stop();
    stop->release();
  }
}

bool cancel_node::cancel(cancel_reason why) noexcept {
  debt owed;
  if (!mark_cancelled(why, owed)) return false;
  owed.pay();
  return true;
}

void cancel_node::for_each_task(void (*visit)(task_cell&, void*), void* data) {
  for (std::size_t i = 0; i < stripes_max; ++i) {
    stripe& s = stripe_at(i);
    sys::lock hold(s.mu);
    for (list_node* r = s.roots.front(); r != nullptr; r = s.roots.after(r)) {
      auto* root = static_cast<cancel_node*>(r);
      for (cancel_node* n = root; n != nullptr; n = next_below(root, n, true)) {
        if (n->is_task()) visit(*static_cast<task_cell*>(n), data);
      }
    }
  }
}

}  // namespace tutti::detail
