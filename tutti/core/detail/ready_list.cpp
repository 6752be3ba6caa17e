#include <tutti/core/detail/ready_list.hpp>

#include <algorithm>

#include <tutti/core/detail/helping_wait.hpp>

namespace tutti::detail {

bool ready_list::enlist(watcher& w) noexcept {
  sys::lock hold(mu_);
  if (!ready_.empty()) return false;
  waiter_ = &w;
  return true;
}

bool ready_list::withdraw(watcher& w) noexcept {
  sys::lock hold(mu_);
  if (waiter_ != &w) return false;
  waiter_ = nullptr;
  return true;
}

/// The wait of a task that watches.
struct ready_list::waiting final : wait, watcher {
  waiting(task_cell& c, ready_list& list) noexcept
      : wait(kind_of, c),
        watcher([](watcher& w) noexcept { static_cast<waiting&>(w).cell->wake(); }),
        of(list) {}
  static const wait_kind kind_of;
  ready_list& of;
};
const wait_kind ready_list::waiting::kind_of{"any future", [](wait& w) noexcept {
                                               auto& self = static_cast<waiting&>(w);
                                               return self.of.withdraw(self);
                                             }};

/// The wait of a thread that watches.
struct ready_list::sleeping final : helping_wait, watcher {
  sleeping(task_cell& c, ready_list& list) noexcept
      : helping_wait(kind_of, c),
        watcher([](watcher& w) noexcept { static_cast<sleeping&>(w).result_came(); }),
        of(list) {}
  bool enlist() noexcept override { return of.enlist(*this); }
  bool withdraw() noexcept override { return of.withdraw(*this); }
  using helping_wait::until_result;
  static constexpr wait_kind kind_of = kind_named("any future");
  ready_list& of;
};

void ready_list::release() noexcept {
  if (shares_.fetch_sub(1, sys::acq_rel) == 1) delete this;  // pairs: ready_list.shares
}

void ready_list::node::fired(completion& c) noexcept {
  auto& self = static_cast<node&>(c);
  ready_list& list = self.of;
  watcher* woken = nullptr;
  {
    sys::lock hold(list.mu_);
    self.is_ready = true;
    list.ready_.push_back(&self);
    woken = std::exchange(list.waiter_, nullptr);
  }
  if (woken != nullptr) woken->told(*woken);
  list.release();
}

ready_list::handle::~handle() {
  if (list_ == nullptr) return;
  for (auto& n : list_->nodes_) {
    bool fired = false;
    {
      sys::lock hold(list_->mu_);
      fired = n->is_ready;
    }
    // Not ready and not to be removed: it is about to fire, and gives its share back itself.
    if (!fired && n->future->remove(*n)) list_->release();
  }
  list_->release();
}

void ready_list::handle::make_room() {
  if (list_->spare_ == nullptr)
    list_->spare_ = std::make_unique<node>(*list_, list_->nodes_.size());
  if (list_->nodes_.size() == list_->nodes_.capacity())
    list_->nodes_.reserve(std::max<std::size_t>(8, 2 * list_->nodes_.size()));
}

std::size_t ready_list::handle::watch(future_base& f) {
  make_room();
  node& n = *list_->nodes_.emplace_back(std::move(list_->spare_));
  n.future = &f;
  list_->shares_.fetch_add(1, sys::relaxed);
  if (!f.add(n)) node::fired(n);
  return n.index;
}

std::optional<std::size_t> ready_list::handle::pop() noexcept {
  sys::lock hold(list_->mu_);
  node* const first = list_->ready_.pop_front();
  return first != nullptr ? std::optional<std::size_t>(first->index) : std::nullopt;
}

bool ready_list::handle::block(time_point deadline) {
  task_cell& cell = current_cell();
  cell.checkpoint();
  return sleeping(cell, *list_).until_result(deadline);
}

bool ready_list::handle::awaiter::suspend(task_cell& cell, std::coroutine_handle<> h) {
  cell.checkpoint();
  wait_ = new waiting(cell, list_);
  if (!list_.enlist(*wait_)) return false;
  return cell.park(*wait_, h);  // woken by the next future that is done
}

ready_list::handle::awaiter::awaiter(ready_list& list) noexcept : list_(list) {}
ready_list::handle::awaiter::awaiter(awaiter&& other) noexcept : list_(other.list_) {}
ready_list::handle::awaiter::~awaiter() { delete wait_; }

void ready_list::handle::awaiter::await_resume() const { wait_->check(); }

}  // namespace tutti::detail
