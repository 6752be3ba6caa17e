#include <tutti/pattern/detail/worker_pool_core.hpp>

#include <stdexcept>

#include <tutti/core/scope_guard.hpp>
#include <tutti/core/thread_cell.hpp>

namespace tutti::detail {

std::shared_ptr<worker_pool_core> worker_pool_core::make(std::size_t workers,
                                                         std::size_t queue_max) {
  if (workers == 0) throw std::invalid_argument("worker_pool: there is at least 1 worker");
  return std::make_shared<worker_pool_core>(workers, queue_max != 0 ? queue_max : 2 * workers);
}

worker_pool_core::worker_pool_core(std::size_t workers, std::size_t queue_max)
    : workers_(workers), waiting_(queue_max) {}

void worker_pool_core::enter(std::shared_ptr<queued_work> work) {
  waiting_.put(std::move(work));
  start_more();
}

bool worker_pool_core::try_enter(std::shared_ptr<queued_work> work) {
  if (!waiting_.try_put(std::move(work))) return false;
  start_more();
  return true;
}

std::shared_ptr<queued_work> worker_pool_core::next() noexcept {
  auto got = waiting_.try_get();  // the queue is never closed
  return got ? *std::move(got) : nullptr;
}

// One thread at a time starts work: starting may finish at once, which calls this again, and so on
// as deep as there is work. Who comes while somebody is here leaves a note and goes.
void worker_pool_core::start_more() noexcept {
  const std::shared_ptr<worker_pool_core> self = shared_from_this();
  // Work is started for its submitter, not for whoever happens to be here.
  thread_cell nobody("worker_pool");
  const running_guard here(nobody);
  {
    sys::lock hold(mu_);
    if (std::exchange(starting_, true)) {
      again_ = true;
      return;
    }
  }
  for (;;) {
    bool room = false;
    {
      sys::lock hold(mu_);
      room = running_ < workers_;
      if (room) ++running_;
      if (!room) {
        if (std::exchange(again_, false)) continue;
        starting_ = false;
        return;
      }
    }
    if (const std::shared_ptr<queued_work> work = next()) {
      nobody.context = work->context();
      work->start(self);
      continue;
    }
    sys::lock hold(mu_);
    --running_;
    if (std::exchange(again_, false)) continue;
    starting_ = false;
    return;
  }
}

void worker_pool_core::finished() noexcept {
  const std::shared_ptr<worker_pool_core> self = shared_from_this();
  {
    sys::lock hold(mu_);
    --running_;
  }
  start_more();
  waiting_.task_done();
  tell_if_quiet(false);
}

void worker_pool_core::tell_if_quiet(bool ending) noexcept {
  {
    sys::lock hold(mu_);
    ending_ = ending_ || ending;
    if (!ending_ || waiting_.statistics().unfinished != 0 || std::exchange(told_, true)) return;
  }
  quiet_.set_value();
}

void worker_pool_core::end() noexcept {
  const future<void> quiet = quiet_.get_future();
  tell_if_quiet(true);
  if (quiet.done()) return;
  task_cell& self = current_cell();
  cancel_node node(cancel_node::kind::shield, self.scope);
  const entered_scope inside(self, node, time_point::max());
  quiet.state()->block_until_done(time_point::max());  // woken by finished()
}

worker_pool_core::statistics worker_pool_core::look() const noexcept {
  sys::lock hold(mu_);
  return {workers_, running_, waiting_.size()};
}

}  // namespace tutti::detail
