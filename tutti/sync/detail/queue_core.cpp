#include <stdexcept>

#include <tutti/base/error.hpp>
#include <tutti/sync/detail/queue_core.hpp>

namespace tutti::detail {

// ---- items --------------------------------------------------------------------------------------

void item_store::push(queue_node& n) noexcept {
  n.next = n.child = nullptr;
  switch (order_) {
    case order::fifo:
      (head_ != nullptr ? tail_->next : head_) = &n;
      tail_ = &n;
      break;
    case order::lifo:
      n.next = head_;
      head_ = &n;
      break;
    case order::priority:
      head_ = merge(head_, &n);
      break;
  }
}

queue_node& item_store::pop() noexcept {
  TUTTI_ASSERT(head_ != nullptr);
  queue_node& n = *head_;
  head_ = order_ == order::priority ? merge_all(n.child) : n.next;
  return n;
}

void item_store::push_back_to_front(queue_node& n) noexcept {
  if (order_ != order::fifo) {
    push(n);
    return;
  }
  n.next = head_;
  if (head_ == nullptr) tail_ = &n;
  head_ = &n;
}

bool item_store::comes_first(const queue_node& a, const queue_node& b) const noexcept {
  if (before_(data_, a, b)) return true;
  return !before_(data_, b, a) && a.number < b.number;
}

// A pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986): no memory besides the nodes, so that
// a put never allocates under the lock. Ours has no decrease-key and loops instead of recursing.
queue_node* item_store::merge(queue_node* a, queue_node* b) const noexcept {
  if (a == nullptr) return b;
  if (b == nullptr) return a;
  if (comes_first(*b, *a)) std::swap(a, b);
  b->next = a->child;
  a->child = b;
  a->next = nullptr;
  return a;
}

/// Merges siblings: pairs from the left, then all of them from the right.
queue_node* item_store::merge_all(queue_node* first) const noexcept {
  queue_node* pairs = nullptr;
  while (first != nullptr) {
    queue_node* const a = first;
    queue_node* const b = a->next;
    first = b != nullptr ? b->next : nullptr;
    queue_node* const both = merge(a, b);
    both->next = pairs;
    pairs = both;
  }
  queue_node* root = nullptr;
  while (pairs != nullptr) {
    queue_node* const rest = pairs->next;
    root = merge(pairs, root);
    root->next = nullptr;
    pairs = rest;
  }
  return root;
}

// ---- waits --------------------------------------------------------------------------------------

const wait_rule get_waiter::rule_of{{"queue.get", &abort_wait},
                                    sys::operation::get,
                                    "queue::get()",
                                    "co_await q.async_get()",
                                    [](waiter& w, bool may_wait) {
                                      auto& self = static_cast<get_waiter&>(w);
                                      return self.of.start(self, may_wait);
                                    },
                                    [](waiter& w) noexcept {
                                      auto& self = static_cast<get_waiter&>(w);
                                      if (self.state == promised) self.of.give_back();
                                    },
                                    nullptr};

get_waiter::get_waiter(task_cell& c, queue_core& q) noexcept
    : waiter(rule_of, c, q.getters_, &q), of(q) {}

queue_node* get_waiter::take() noexcept { return state == promised ? of.take_promised() : item; }

const wait_rule put_waiter::rule_of{{"queue.put", &abort_wait},
                                    sys::operation::put,
                                    "queue::put()",
                                    "co_await q.async_put(item)",
                                    [](waiter& w, bool may_wait) {
                                      auto& self = static_cast<put_waiter&>(w);
                                      return self.of.start(self, may_wait);
                                    },
                                    nullptr,
                                    nullptr};

put_waiter::put_waiter(task_cell& c, queue_core& q, queue_node* n, fill_fn f, void* s) noexcept
    : waiter(rule_of, c, q.putters_, &q), of(q), node(n), fill(f), source(s) {}

[[noreturn]] void throw_drained();
void throw_drained() { throw closed("get on a closed queue: everything was taken"); }

void put_waiter::check_put() const {
  if (state == closed) throw tutti::closed("put on a closed queue");
  if (state == failed) std::rethrow_exception(error);
}

const wait_rule join_waiter::rule_of{{"queue.join", &abort_wait},
                                     sys::operation::wait,
                                     "queue::join()",
                                     "co_await q.async_join()",
                                     [](waiter& w, bool may_wait) {
                                       auto& self = static_cast<join_waiter&>(w);
                                       return self.of.start(self, may_wait);
                                     },
                                     nullptr,
                                     nullptr};

join_waiter::join_waiter(task_cell& c, params p) noexcept
    : waiter(rule_of, c, p.of->joiners_, p.of), of(*p.of) {}

// ---- the queue ----------------------------------------------------------------------------------

/// Items taken out under the lock, destroyed after it.
struct queue_core::leftovers {
  explicit leftovers(dispose_fn d) noexcept : dispose(d) {}
  leftovers(const leftovers&) = delete;
  leftovers& operator=(const leftovers&) = delete;
  ~leftovers() {
    while (queue_node* const n = all.pop_front()) dispose(*n);
  }
  chain<queue_node, &queue_node::next> all;
  dispose_fn dispose;
};

queue_core::~queue_core() {
  leftovers dropped(dispose_);
  sys::lock hold(mu_);
  TUTTI_CHECK(getters_.empty() && putters_.empty() && joiners_.empty() && promised_ == 0,
              "a queue was destroyed while somebody waited for it");
  for (; available_ > 0; --available_) dropped.all.push_back(&items_.pop());
}

bool queue_core::start(get_waiter& w, bool may_wait) noexcept {
  wake_batch woken;
  {
    sys::lock hold(mu_);
    if (available_ > 0) {
      w.item = &items_.pop();
      w.state = get_waiter::taken;
      --available_;
      match(woken);
      end_if_drained(woken);
    } else if (closed_ && promised_ == 0) {
      w.state = get_waiter::closed;
    } else {
      if (may_wait) getters_.push_back(w);
      return false;
    }
  }
  woken.wake();
  return true;
}

bool queue_core::start(put_waiter& w, bool may_wait) noexcept {
  wake_batch woken;
  {
    sys::lock hold(mu_);
    if (closed_) {
      w.state = put_waiter::closed;
    } else if (has_room()) {
      if (admit(w)) match(woken);
    } else {
      if (may_wait) putters_.push_back(w);
      return false;
    }
  }
  woken.wake();
  return true;
}

bool queue_core::start(join_waiter& w, bool may_wait) noexcept {
  sys::lock hold(mu_);
  if (unfinished_ == 0) return true;
  if (may_wait) joiners_.push_back(w);
  return false;
}

/// Its item goes in. False: filling the node threw.
bool queue_core::admit(put_waiter& w) noexcept {
  if (w.fill != nullptr && !w.fill(w)) {
    w.state = put_waiter::failed;
    return false;
  }
  w.state = put_waiter::put;
  w.node->number = ++puts_;
  items_.push(*w.node);
  ++available_;
  ++unfinished_;
  return true;
}

/// Promises items to getters and lets putters in until one side has nobody left.
void queue_core::match(wake_batch& woken) noexcept {
  for (;;) {
    if (available_ > 0 && !getters_.empty()) {
      auto* const getter = static_cast<get_waiter*>(getters_.pop_front());
      getter->state = get_waiter::promised;
      --available_;
      ++promised_;
      woken.add(*getter);
    } else if (has_room() && !putters_.empty()) {
      auto* const putter = static_cast<put_waiter*>(putters_.pop_front());
      admit(*putter);
      woken.add(*putter);
    } else {
      return;
    }
  }
}

/// Closed, and nothing can come any more: whoever still waits for an item is told.
void queue_core::end_if_drained(wake_batch& woken) noexcept {
  if (!closed_ || available_ > 0 || promised_ > 0) return;
  while (auto* const getter = static_cast<get_waiter*>(getters_.pop_front())) {
    getter->state = get_waiter::closed;
    woken.add(*getter);
  }
}

void queue_core::finished(std::size_t n, wake_batch& woken) noexcept {
  unfinished_ -= n;
  if (unfinished_ == 0) woken.add_all(joiners_);
}

queue_node* queue_core::take_promised() noexcept {
  wake_batch woken;
  queue_node* n = nullptr;
  {
    sys::lock hold(mu_);
    n = &items_.pop();
    --promised_;
    end_if_drained(woken);
  }
  woken.wake();
  return n;
}

/// A getter was cancelled after it was promised an item.
void queue_core::give_back() noexcept {
  leftovers dropped(dispose_);
  wake_batch woken;
  {
    sys::lock hold(mu_);
    --promised_;
    if (dropping_) {
      dropped.all.push_back(&items_.pop());
      finished(1, woken);
    } else {
      ++available_;
      match(woken);
    }
    end_if_drained(woken);
  }
  woken.wake();
}

void queue_core::close(bool drop) noexcept {
  sys::decide_only(sys::operation::notify, this);
  leftovers dropped(dispose_);
  wake_batch woken;
  {
    sys::lock hold(mu_);
    closed_ = true;
    while (auto* const putter = static_cast<put_waiter*>(putters_.pop_front())) {
      putter->state = put_waiter::closed;
      woken.add(*putter);
    }
    if (drop) {
      dropping_ = true;
      chain<queue_node, &queue_node::next> kept;  // what getters were promised stays; in reverse
      for (std::size_t i = 0; i < promised_; ++i) kept.push_front(&items_.pop());
      const std::size_t n = available_;
      for (; available_ > 0; --available_) dropped.all.push_back(&items_.pop());
      while (queue_node* const k = kept.pop_front()) items_.push_back_to_front(*k);
      if (n > 0) finished(n, woken);
    }
    end_if_drained(woken);
  }
  woken.wake();
}

void queue_core::task_done() {
  sys::decide_only(sys::operation::notify, this);
  wake_batch woken;
  {
    sys::lock hold(mu_);
    if (unfinished_ == 0) {
      throw std::logic_error("task_done() was called more often than items were put");
    }
    finished(1, woken);
  }
  woken.wake();
}

bool queue_core::try_join_until(time_point limit) {
  return join_waiter(current_cell(), {this}).block(limit);
}

queue_statistics queue_core::statistics() const noexcept {
  sys::reach_further();
  sys::lock hold(mu_);
  return {available_, maxsize_, getters_.size(), putters_.size(), unfinished_, closed_};
}

std::size_t queue_core::size() const noexcept {
  sys::decide_only(sys::operation::look, this);
  sys::lock hold(mu_);
  return available_;
}

bool queue_core::is_closed() const noexcept {
  sys::decide_only(sys::operation::look, this);
  sys::lock hold(mu_);
  return closed_;
}

}  // namespace tutti::detail
