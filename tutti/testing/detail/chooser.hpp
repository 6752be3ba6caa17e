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
  /// Which of `count` values a load of `from` sees, the newest being 0.
  virtual std::uint32_t choose_value(const strand&, std::uint32_t /*count*/) noexcept { return 0; }
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
  std::uint32_t choose_value(const strand&, std::uint32_t count) noexcept override;

 private:
  random dice_;
};

/// Any ready strand, as likely as it has steps left by what the first run took: all interleavings
/// of strands of different lengths are about equally likely, where the plain walk ends the short
/// ones early. After Zhao et al., "Selectively Uniform Concurrency Testing" (ASPLOS 2025).
class uniform_chooser final : public chooser {
 public:
  uniform_chooser(random dice, const std::vector<std::uint32_t>& expected) noexcept
      : dice_(dice), expected_(expected) {}
  strand* choose(const decision& d) noexcept override;
  std::uint32_t choose_value(const strand&, std::uint32_t count) noexcept override;

 private:
  std::uint64_t weight(const decision& d, const strand& s) const noexcept;
  random dice_;
  const std::vector<std::uint32_t>& expected_;
};

/// Random priorities and `depth` - 1 random steps at which the one that runs becomes the least
/// important. Burckhardt, Kothari, Musuvathi, Nagarakatte: "A randomized scheduler with
/// probabilistic guarantees of finding bugs" (ASPLOS 2010). Ours also demotes who gives way.
class pct_chooser final : public chooser {
 public:
  pct_chooser(random dice, unsigned depth, std::uint64_t steps_expected);
  strand* choose(const decision& d) noexcept override;
  std::uint32_t choose_value(const strand&, std::uint32_t count) noexcept override;
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
  std::uint32_t choose_value(const strand& from, std::uint32_t count) noexcept override;

 private:
  const departure* find(const strand& from, departure::kind what) const noexcept;
  schedule choices_;  // sorted by strand and step
};

/// Every schedule with at most `bound` preemptions and old values read, depth first, one a run.
/// What is not a preemption (the strand waits, ends or gives way) is free.
///
/// No partial-order reduction. Under a bound, sleep sets may prune the only cheap representative of
/// a run (Coons, Musuvathi, McKinley, OOPSLA 2013). Without one they need every step to touch no
/// more than the object it announced, and steps do not keep to that: a step lasts until the next
/// decision, and on its way it may set a promise, ask a future whether it is ready, cancel a scope
/// or put a woken task into a loop's queue, none of which decides. Two steps that announced
/// different variables then do not commute, and "complete" would be a lie; see
/// explore_test.cpp, steps_touch_more_than_they_announce.
class dfs_chooser final : public chooser {
 public:
  explicit dfs_chooser(unsigned bound) noexcept : bound_(bound) {}
  strand* choose(const decision& d) noexcept override;
  std::uint32_t choose_value(const strand&, std::uint32_t count) noexcept override;
  /// Ends a run; false when there is no other one.
  bool next();
  /// A run did not come to the same choices by the same way: what it said was not about the
  /// schedules of one program.
  bool has_strayed() const noexcept { return strayed_; }

 private:
  struct branch {
    std::vector<std::uint32_t> options;  // strands or values, the usual one first
    std::size_t at = 0;
    std::uint64_t sight = 0;  // of who is ready, where
  };
  /// The branch of this run's next choice, and whether it is met for the first time.
  branch& next_branch(std::uint64_t sight, bool& is_new);
  static bool is_preemption(const decision& d, const strand* pick) noexcept {
    return d.can_go_on && !d.gives_way && pick != d.usual;
  }
  unsigned bound_;
  unsigned preemptions_ = 0;
  bool strayed_ = false;
  std::size_t depth_ = 0;
  std::size_t length_ = 0;
  std::vector<branch> path_;  // the first length_ of them; the rest is kept for its memory
};

}  // namespace tutti::detail
