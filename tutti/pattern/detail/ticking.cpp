#include <tutti/pattern/detail/ticking.hpp>

#include <tutti/core/hook.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/thread_cell.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {

ticking::ticking(std::unique_ptr<tick_plan> plan, const char* who)
    : plan_(std::move(plan)), name_(who) {}

ticking::ticking(std::unique_ptr<tick_plan> plan, std::string_view name,
                 function<void(std::stop_token)> fn)
    : plan_(std::move(plan)), name_(name) {
  thread_ = sys::thread(name_, [this, fn = std::move(fn)]() mutable { run(fn); });
}

ticking::~ticking() {
  TUTTI_CHECK(!thread_.is_current(),
              "a ticker was destroyed by its own tick; let somebody outside own it");
  stop();
  thread_.join();
}

bool ticking::arrived() noexcept {
  const std::optional<std::uint64_t> unseen = plan_->arrive(clock::now());
  if (!unseen) return false;
  missed_.fetch_add(*unseen, sys::relaxed);
  return true;
}

bool ticking::begin() noexcept {
  sys::lock hold(mu_);
  return !over_;
}

void ticking::stop() noexcept {
  sys::decide(sys::operation::notify, this);
  {
    sys::lock hold(mu_);
    over_ = true;
  }
  stop_.request_stop();
  waiting_.cancel();
  stopped_.set();
}

task<bool> ticking::tick() {
  if (thread_.joinable()) {
    throw error(name_ + " runs its function on a thread of its own: there is no tick to await");
  }
  task_cell& self = co_await this_cell();
  self.checkpoint();
  if (is_stopped()) co_return false;
  cancel_node node(cancel_node::kind::scope, self.scope);
  entered_scope inside(self, node, time_point::max());
  scope_attachment attached(waiting_, self, node);
  try {
    do {
      co_await sleep_until(plan_->next());
      if (is_stopped()) co_return false;
    } while (!arrived());
  } catch (const cancelled&) {
    if (!inside.owns_cancellation()) throw;
    co_return false;
  }
  co_return true;
}

void ticking::run(function<void(std::stop_token)>& fn) noexcept {
  thread_cell own(name_);
  running_guard here(own);
  while (!stopped_.try_wait_until(plan_->next())) {
    if (!arrived()) continue;
    if (!begin()) break;
    try {
      fn(stop_.get_token());
    } catch (...) {
      report_unobserved(name_, std::current_exception());  // and the next tick comes as planned
    }
  }
  fn.reset();  // what the callable owns is destroyed here, where this_task still answers
}

}  // namespace tutti::detail
