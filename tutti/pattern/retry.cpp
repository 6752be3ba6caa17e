#include <tutti/pattern/retry.hpp>

#include <algorithm>
#include <stdexcept>

#include <tutti/base/clock.hpp>
#include <tutti/base/random.hpp>
#include <tutti/sys/world.hpp>

namespace tutti {

void retry_budget::deposit() noexcept {
  sys::lock hold(mu_);
  left_ = std::min(most_, left_ + ratio_);
}

bool retry_budget::try_withdraw() noexcept {
  sys::lock hold(mu_);
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

namespace detail {
namespace {

/// The longest pause after so many failures.
duration ceiling(const retry_options& options, unsigned failures) noexcept {
  const duration most = std::max(options.backoff_max, duration::zero());
  duration d = std::clamp(options.backoff, duration::zero(), most);
  for (unsigned i = 1; i < failures && d < most && d > duration::zero(); ++i) {
    d = d > most / 2 ? most : d * 2;
  }
  return d;
}

}  // namespace

retry_run::retry_run(const retry_options& options) : options_(options), start_(clock::now()) {
  if (options.attempts == 0) throw std::invalid_argument("retry: attempts is at least 1");
  if (options.budget != nullptr) options.budget->deposit();
}

duration retry_run::failed(const std::exception_ptr& error) {
  ++failures_;
  const bool again = failures_ < options_.attempts &&
                     (options_.when == nullptr || options_.when(error)) &&
                     (options_.budget == nullptr || options_.budget->try_withdraw());
  if (!again) std::rethrow_exception(error);
  const auto longest = static_cast<std::uint64_t>(ceiling(options_, failures_).count());
  const duration pause(static_cast<duration::rep>(random(sys::random_bits()).below(longest + 1)));
  const time_point limit = saturating_add(start_, options_.within);
  if (saturating_add(clock::now(), pause) > limit) std::rethrow_exception(error);
  return pause;
}

}  // namespace detail
}  // namespace tutti
