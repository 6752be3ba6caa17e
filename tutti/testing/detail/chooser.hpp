/// \file
/// Who goes next: the strategies of the explorer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <tutti/base/random.hpp>
#include <tutti/testing/detail/schedule.hpp>
#include <tutti/testing/detail/strand.hpp>

namespace tutti::detail {

/// What a chooser sees.
struct decision {
  std::span<strand* const> ready;  ///< by number, at least two
  strand* from;                    ///< who is about to act, waits now, or has ended
  strand* usual;                   ///< who would go by the fair rule
  bool can_go_on;                  ///< `from` is ready
  bool gives_way;                  ///< `from` asked for others to go first
};

class chooser {
 public:
  virtual ~chooser() = default;
  virtual strand* choose(const decision& d) noexcept = 0;
  virtual void started(strand&) noexcept {}
};

/// The fair rule itself.
class straight_chooser final : public chooser {
 public:
  strand* choose(const decision& d) noexcept override { return d.usual; }
};

/// Another strand at every step.
class round_robin_chooser final : public chooser {
 public:
  strand* choose(const decision& d) noexcept override;
};

/// Any ready strand, equally likely.
class random_chooser final : public chooser {
 public:
  explicit random_chooser(random dice) noexcept : dice_(dice) {}
  strand* choose(const decision& d) noexcept override;

 private:
  random dice_;
};

/// Random priorities and `depth` - 1 random steps at which the one that runs becomes the least
/// important. Burckhardt, Kothari, Musuvathi, Nagarakatte: "A randomized scheduler with
/// probabilistic guarantees of finding bugs" (ASPLOS 2010). Ours also demotes who gives way.
class pct_chooser final : public chooser {
 public:
  pct_chooser(random dice, unsigned depth, std::uint64_t steps_expected);
  strand* choose(const decision& d) noexcept override;
  void started(strand& s) noexcept override { s.priority = (dice_.next() >> 1U) | high; }

 private:
  static constexpr std::uint64_t high = std::uint64_t{1} << 62U;
  random dice_;
  std::uint64_t taken_ = 0;
  std::uint64_t low_ = high - 1;
  std::vector<std::uint64_t> changes_;  // sorted, the next one last
};

/// A recorded schedule; the fair rule where it says nothing or asks for what cannot be.
class replay_chooser final : public chooser {
 public:
  explicit replay_chooser(const schedule& choices);
  strand* choose(const decision& d) noexcept override;

 private:
  schedule choices_;  // sorted by strand and step
};

}  // namespace tutti::detail
