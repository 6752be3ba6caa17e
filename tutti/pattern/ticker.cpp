#include <tutti/pattern/ticker.hpp>

#include <stdexcept>

#include <tutti/base/clock.hpp>

namespace tutti::detail {
namespace {

class steady final : public tick_plan {
 public:
  explicit steady(duration period) noexcept : start_(clock::now()), period_(period) {}

  time_point next() noexcept override { return saturating_add(start_, after(seen_)); }
  std::optional<std::uint64_t> arrive(time_point at) noexcept override {
    const auto come = static_cast<std::uint64_t>((at - start_) / period_);
    if (come <= seen_) return std::nullopt;
    const std::uint64_t unseen = come - seen_ - 1;
    seen_ = come;
    return unseen;
  }

 private:
  /// From the start to the tick that follows the first `n`.
  duration after(std::uint64_t n) const noexcept {
    const auto most = static_cast<std::uint64_t>(duration::max() / period_);
    return n >= most ? duration::max() : period_ * static_cast<duration::rep>(n + 1);
  }
  const time_point start_;
  const duration period_;
  std::uint64_t seen_ = 0;  ///< how many ticks have come, those that were missed included
};

}  // namespace

std::unique_ptr<tick_plan> steady_plan(duration period) {
  if (period <= duration::zero()) throw std::invalid_argument("ticker: a period is positive");
  return std::make_unique<steady>(period);
}

}  // namespace tutti::detail
