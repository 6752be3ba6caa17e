#include <tutti/runtime/detail/blocking_pool.hpp>

#include <algorithm>
#include <string>

#include <tutti/base/clock.hpp>
#include <tutti/runtime/to_thread.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {
namespace {
constexpr duration idle_max = std::chrono::seconds(5);  ///< then an idle thread ends
}  // namespace

blocking_pool::~blocking_pool() {
  std::vector<std::unique_ptr<worker>> all;
  {
    sys::lock hold(mu_);
    stopping_ = true;
    all = std::move(workers_);
  }
  for (auto& w : all) w->sleeper.unpark();
  for (auto& w : all) w->thread.join();
}

void blocking_pool::prepare() {
  std::vector<std::unique_ptr<worker>> ended;  // joined on the way out, without the lock
  worker* fresh = nullptr;
  std::string name;
  {
    sys::lock hold(mu_);
    take_ended(ended);
    const bool may_start = workers_.size() < blocking_threads_max;
    if (looking_ > owed_ || !may_start) {
      ++owed_;
      return;
    }
    name = "blocking-" + std::to_string(number_);
    fresh = workers_.emplace_back(std::make_unique<worker>()).get();
    ++number_;
    ++owed_;
    ++looking_;
  }
  try {
    sys::thread started(name, [this, fresh] { run(*fresh); });
    sys::lock hold(mu_);
    fresh->thread = std::move(started);
  } catch (...) {
    sys::lock hold(mu_);
    --looking_;
    const auto it = std::find_if(workers_.begin(), workers_.end(),
                                 [fresh](const auto& w) { return w.get() == fresh; });
    workers_.erase(it);  // it has no thread
    for (const auto& w : workers_) {
      if (!w->has_ended) return;  // the call waits for one that runs
    }
    --owed_;
    throw;
  }
}

void blocking_pool::not_coming() noexcept {
  sys::lock hold(mu_);
  --owed_;
}

void blocking_pool::take_ended(std::vector<std::unique_ptr<worker>>& out) {
  const auto has_ended = [](const auto& w) { return w->has_ended; };
  out.reserve(static_cast<std::size_t>(std::count_if(workers_.begin(), workers_.end(), has_ended)));
  for (std::size_t i = 0; i < workers_.size();) {
    if (!workers_[i]->has_ended) {
      ++i;
      continue;
    }
    out.push_back(std::move(workers_[i]));
    workers_[i] = std::move(workers_.back());
    workers_.pop_back();
  }
}

void blocking_pool::schedule(task_cell& cell) noexcept {
  worker* woken = nullptr;
  {
    sys::lock hold(mu_);
    calls_.push_back(&cell);
    woken = idle_;
    if (woken != nullptr) leave_idle(*woken);
  }
  if (woken != nullptr) woken->sleeper.unpark();
}

void blocking_pool::arm(timer&) noexcept {
  fail(__FILE__, __LINE__, "a blocking call has no timers");
}

void blocking_pool::leave_idle(worker& self) noexcept {
  worker** at = &idle_;
  while (*at != &self) at = &(*at)->next_idle;
  *at = self.next_idle;
  self.is_idle = false;
}

void blocking_pool::run(worker& self) noexcept {
  sys::current.scheduler = static_cast<scheduler*>(this);
  while (task_cell* const cell = wait_for_call(self)) {
    cell->run();
    sys::lock hold(mu_);
    ++looking_;
  }
}

task_cell* blocking_pool::wait_for_call(worker& self) noexcept {
  sys::decide(sys::operation::get, this);
  time_point until = time_point::max();
  for (;;) {
    {
      sys::lock hold(mu_);
      if (self.is_idle) leave_idle(self);
      if (task_cell* const cell = calls_.pop_front()) {
        --looking_;
        --owed_;
        return cell;
      }
      if (until == time_point::max()) until = saturating_add(clock::now(), idle_max);
      // A call that was prepared for relies on this thread: it may not end now.
      if (stopping_ || (clock::now() >= until && looking_ > owed_)) {
        --looking_;
        self.has_ended = true;
        return nullptr;
      }
      self.next_idle = idle_;
      idle_ = &self;
      self.is_idle = true;
    }
    // Past its time it stays only for a call that is on its way.
    const bool late = clock::now() >= until;
    self.sleeper.park_until(late ? time_point::max() : until);  // woken by schedule() or the end
  }
}

}  // namespace tutti::detail
