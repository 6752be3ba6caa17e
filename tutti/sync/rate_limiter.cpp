#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <tutti/base/clock.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/sync/rate_limiter.hpp>

namespace tutti {
namespace {

/// A thread that waits for time to pass: nobody wakes it but its deadline or a canceller.
const detail::wait_kind pause{"rate_limiter.acquire", [](detail::wait&) noexcept { return true; }};
constexpr double rounding = 1e-6;  // of a permit: what arithmetic may lose until it is due

}  // namespace

/// Counts who waits, so that nobody who comes later goes first.
class rate_limiter::in_line {
 public:
  explicit in_line(rate_limiter& l) noexcept : limiter_(l) {
    sys::lock hold(limiter_.mu_);
    ++limiter_.waiting_;
  }
  ~in_line() {
    sys::lock hold(limiter_.mu_);
    --limiter_.waiting_;
  }
  in_line(const in_line&) = delete;
  in_line& operator=(const in_line&) = delete;

 private:
  rate_limiter& limiter_;
};

namespace {
struct turn_back {
  explicit turn_back(semaphore& t) noexcept : turn(t) {}
  turn_back(const turn_back&) = delete;
  turn_back& operator=(const turn_back&) = delete;
  ~turn_back() { turn.release(); }
  semaphore& turn;
};
}  // namespace

rate_limiter::rate_limiter(double rate, std::size_t burst, checked)
    : available_(static_cast<double>(burst)),
      filled_(clock::now()),
      per_ns_(rate / 1e9),
      burst_(static_cast<double>(burst)) {
  if (!(rate > 0) || !std::isfinite(rate) || burst == 0) {
    throw std::invalid_argument("a rate_limiter needs a positive rate and a burst of at least 1");
  }
}

rate_limiter::~rate_limiter() {
  sys::lock hold(mu_);
  TUTTI_CHECK(waiting_ == 0, "a rate_limiter was destroyed while somebody waited for it");
}

void rate_limiter::refill() noexcept {
  const time_point now = clock::now();
  const auto passed = static_cast<double>((now - filled_).count());
  const double more = std::min(burst_, available_ + std::max(0.0, passed) * per_ns_);
  // What is too little to be seen in the sum is not thrown away: time goes on adding up.
  if (more == available_ && more < burst_) return;
  available_ = more;
  filled_ = now;
}

bool rate_limiter::take(time_point& when) noexcept {
  sys::lock hold(mu_);
  refill();
  if (available_ >= 1 - rounding) {
    available_ = std::max(0.0, available_ - 1);
    return true;
  }
  const double wait_ns = std::ceil((1 - available_) / per_ns_);
  when = wait_ns >= static_cast<double>(duration::max().count() / 2)
             ? time_point::max()
             : detail::saturating_add(filled_, duration(static_cast<duration::rep>(wait_ns)));
  return false;
}

bool rate_limiter::take_if_first() noexcept {
  sys::decide(sys::operation::lock, this);
  {
    sys::lock hold(mu_);
    if (waiting_ > 0) return false;
  }
  time_point when;
  return take(when);
}

bool rate_limiter::try_acquire() noexcept { return take_if_first(); }

bool rate_limiter::try_acquire_until(time_point limit) {
  if (take_if_first()) return true;
  if (limit == time_point::min() || (limit != time_point::max() && clock::now() >= limit)) {
    return false;
  }
  detail::require_blocking_allowed("rate_limiter::acquire()", "co_await r.async_acquire()");
  detail::task_cell& self = detail::current_cell();
  const in_line counted(*this);
  if (!turn_.try_acquire_until(limit)) return false;
  const turn_back turn(turn_);
  time_point when;
  while (!take(when)) {
    if (when > limit) return false;
    self.checkpoint();
    detail::wait asleep(pause, self);
    self.block(asleep, when);
    asleep.check();
  }
  return true;
}

task<void> rate_limiter::async_acquire() {
  (co_await detail::this_cell()).checkpoint();
  if (take_if_first()) co_return;
  const in_line counted(*this);
  const permit turn = co_await turn_.async_acquire();
  time_point when;
  while (!take(when)) co_await sleep_until(when);
}

rate_limiter::statistics_type rate_limiter::statistics() const noexcept {
  sys::reach_further();
  sys::lock hold(mu_);
  return {available_, waiting_};
}

}  // namespace tutti
