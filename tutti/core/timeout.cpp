#include <tutti/core/timeout.hpp>

#include <cstdio>

namespace tutti {
namespace detail {

void throw_timed_out(time_point limit, time_point start) {
  char text[96];
  const double seconds = std::chrono::duration<double>(limit - start).count();
  std::snprintf(text, sizeof text, "timed out after %.6g s", seconds < 0 ? 0.0 : seconds);
  throw timeout_error(text);
}

void scope_control::cancel() noexcept {
  sys::lock hold(mu_);
  cancelled_ = true;
  if (inside_ != nullptr) inside_->node_.cancel(cancel_reason::explicit_request);
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

void scope_control::move_deadline(time_point t, const std::shared_ptr<scope_control>& self) {
  scheduler* elsewhere = nullptr;
  {
    sys::lock hold(mu_);
    limit_ = t;
    if (inside_ == nullptr) return;
    inside_->node_.set_deadline(t);
    if (!inside_->cell_.where->runs_here()) elsewhere = inside_->cell_.where;
  }
  if (elsewhere == nullptr) {
    set_timer();
  } else {
    // Timers belong to the scheduler's threads: let one of them do it.
    auto sent = start_call(*elsewhere, nullptr, nullptr, {}, std::source_location::current(), true,
                           [self] { self->set_timer(); });
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
