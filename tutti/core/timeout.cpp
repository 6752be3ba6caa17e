#include <tutti/core/timeout.hpp>

#include <cstdio>

#include <tutti/core/submitted.hpp>

namespace tutti {
namespace detail {

void throw_timed_out(time_point limit, time_point start) {
  char text[96];
  const double seconds = std::chrono::duration<double>(limit - start).count();
  std::snprintf(text, sizeof text, "timed out after %.6g s", seconds < 0 ? 0.0 : seconds);
  throw timeout_error(text);
}

void scope_control::cancel() noexcept {
  cancel_node::debt owed;
  {
    sys::lock hold(mu_);
    cancelled_ = true;
    if (inside_ != nullptr) inside_->node_.mark_cancelled(cancel_reason::explicit_request, owed);
  }
  owed.pay();  // runs on_cancel and stop callbacks, which may ask this scope
}

bool scope_control::is_cancelled() const noexcept {
  sys::lock hold(mu_);
  return cancelled_ || (inside_ != nullptr && inside_->node_.is_cancelled());
}

void scope_control::set_timer() noexcept {
  sys::lock hold(mu_);
  if (inside_ == nullptr) return;
  inside_->timer_.stop();
  if (limit_ != time_point::max()) inside_->timer_.set(limit_);
}

namespace {
/// Keeps a loop's run from ending: one child more, as long as it lives.
class kept_run {
 public:
  explicit kept_run(child_group* of) noexcept : of_(of) {
    if (of_ != nullptr) of_->adopt();
  }
  kept_run(kept_run&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
  kept_run& operator=(kept_run&&) = delete;
  ~kept_run() {
    if (of_ != nullptr) of_->child_done();
  }

 private:
  child_group* of_;
};
}  // namespace

void scope_control::move_deadline(time_point t, const std::shared_ptr<scope_control>& self) {
  scheduler* elsewhere = nullptr;
  std::optional<kept_run> kept;
  {
    sys::lock hold(mu_);
    limit_ = t;
    if (inside_ == nullptr) return;
    inside_->node_.set_deadline(t);
    scheduler& where = *inside_->cell_.where;
    if (where.is_loop() && !where.runs_here()) {
      elsewhere = &where;
      // What is under way inside keeps its run from ending up to here, the call below from here on.
      child_group* const run = where.root();
      kept.emplace(run != nullptr ? run : inside_->cell_.run_scope);
    }
  }
  if (elsewhere == nullptr) {
    set_timer();  // here, or on a pool, whose timers are locked
  } else {
    // A loop's timers belong to its thread: let it do it.
    auto sent = start_call(*elsewhere, nullptr, nullptr, {}, std::source_location::current(), true,
                           [self, run = std::move(*kept)] { self->set_timer(); });
    (void)sent;
  }
}

scope_attachment::scope_attachment(scope_control& control, task_cell& cell, cancel_node& node)
    : control_(control), cell_(cell), node_(node), timer_(node, *cell.where) {
  {
    sys::lock hold(control_.mu_);
    if (control_.inside_ != nullptr) throw error("a cancel_scope runs one thing at a time");
    control_.inside_ = this;
    if (control_.cancelled_) node_.cancel(cancel_reason::explicit_request);
    if (control_.limit_ != time_point::max()) node_.set_deadline(control_.limit_);
  }
  control_.set_timer();
}

scope_attachment::~scope_attachment() {
  sys::lock hold(control_.mu_);
  control_.inside_ = nullptr;
  control_.cancelled_ = control_.cancelled_ || node_.is_cancelled();
  timer_.stop();
}

}  // namespace detail

cancel_scope::cancel_scope() : control_(std::make_shared<detail::scope_control>()) {}

}  // namespace tutti
