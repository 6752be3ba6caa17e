#include <tutti/thread/detail/shared_timers.hpp>

#include <tutti/base/clock.hpp>

namespace tutti::detail {

shared_timers::shared_timers() : wheel_(clock::now()) {}

bool shared_timers::arm(timer& t) noexcept {
  sys::lock hold(mu_);
  wheel_.insert(t);
  any_.store(true, sys::relaxed);
  if (t.when >= earliest_) return false;
  earliest_ = t.when;
  return true;
}

bool shared_timers::disarm(timer& t) noexcept {
  sys::lock hold(mu_);
  if (!t.is_linked()) return false;
  wheel_.remove(t);
  if (wheel_.empty()) any_.store(false, sys::relaxed);
  return true;
}

void shared_timers::fire_due() noexcept {
  if (!any_.load(sys::relaxed)) return;
  const time_point now = clock::now();
  for (;;) {
    timer* due = nullptr;
    {
      sys::lock hold(mu_);
      due = wheel_.pop_due(now);
      if (due == nullptr) {
        earliest_ = wheel_.next_deadline();
        if (wheel_.empty()) any_.store(false, sys::relaxed);
      }
    }
    if (due == nullptr) return;
    due->fire(*due);
  }
}

time_point shared_timers::next() noexcept {
  if (!any_.load(sys::relaxed)) return time_point::max();
  sys::lock hold(mu_);
  earliest_ = wheel_.next_deadline();
  return earliest_;
}

}  // namespace tutti::detail
