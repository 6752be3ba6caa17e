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
  /// A step of `s` is over; what it did stands in the strand. `goes_on`: it is still ready.
  virtual void stepped(const strand& s, bool goes_on) noexcept {
    (void)s;
    (void)goes_on;
  }
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
/// Runs that order the same accesses alike are made once, by sleep sets (Godefroid, "Partial-Order
/// Methods", 1996): after all that follows step t of one strand was seen, t sleeps while the others
/// are tried in its place. They are not followed by t before one of them has touched what t does,
/// since the run that has t first shows the same. Only steps that keep to the object they announced
/// sleep, whatever they did on the way; see sys::decide_only.
///
/// A bound needs more care, for the run with t first must not have more preemptions than the one
/// left out (Coons, Musuvathi, McKinley, "Bounded partial-order reduction", OOPSLA 2013, give the
/// reduction up in part). Say t moves from behind x…y, where z comes next, to before x, where w
/// came last. What changes is the switches w→x, y→t, t→z into w→t, t→x, y→z. No strand goes before
/// itself, so y→z costs no more than y→t. Of the others, t costs nothing more
///   · if w and t are of one strand: w→x was a preemption, w→t is none, and t→x costs one at most;
///   · if t ends by waiting, and x is of another strand than w: t→x and t→z cost nothing, and w→t
///     costs what w→x did.
/// In all other cases t stays awake. What is left out therefore has a run that stands for it within
/// the bound and earlier in the order of the search; so, in the end, one that is made.
class dfs_chooser final : public chooser {
 public:
  static constexpr unsigned unbounded = ~0U;
  dfs_chooser(unsigned bound, bool sleep_sets) noexcept : bound_(bound), sleep_sets_(sleep_sets) {}
  strand* choose(const decision& d) noexcept override;
  std::uint32_t choose_value(const strand&, std::uint32_t count) noexcept override;
  void stepped(const strand& s, bool goes_on) noexcept override;
  /// Ends a run; false when there is no other one.
  bool next();
  /// A run did not come to the same choices by the same way: what it said was not about the
  /// schedules of one program.
  bool has_strayed() const noexcept { return strayed_; }
  /// Of the run that is over: one that was made before stands for it.
  bool shows_nothing_new() const noexcept { return told_; }
  /// A schedule was left out because another one stands for it.
  bool has_slept() const noexcept { return slept_; }

 private:
  struct option {
    std::uint32_t pick;  // a strand or a value
    // Of its step, in all runs that took it:
    bool keeps_to_object = true;  // the one that it announced
    bool waits = true;            // it ends by waiting
    std::uint64_t concerns = 0;   // whom
  };
  struct branch {
    std::vector<option> options;  // the usual one first
    std::size_t at = 0;
    std::uint64_t sight = 0;  // of who is ready, where
  };
  struct sleeping_step {
    const strand* who;       // its announcement says what it will touch
    std::uint64_t concerns;  // whom its step will wake or find ended
  };
  /// The branch of this run's next choice, and whether it is met for the first time.
  branch& next_branch(std::uint64_t sight, bool& is_new);
  static bool is_preemption(const decision& d, const strand* pick) noexcept {
    return d.can_go_on && !d.gives_way && pick != d.usual;
  }
  bool sleeps(const strand& s) const noexcept;
  void put_to_sleep(const decision& d, const branch& b, const strand* pick);
  static constexpr std::size_t none = ~std::size_t{0};

  unsigned bound_;
  bool sleep_sets_;
  unsigned preemptions_ = 0;
  bool strayed_ = false;
  bool slept_ = false;
  // Of the run:
  std::vector<sleeping_step> asleep_;
  bool told_ = false;         // whoever can run sleeps: the rest was seen in another order
  std::size_t began_ = none;  // the branch at which the step that runs was picked
  std::size_t depth_ = 0;
  std::size_t length_ = 0;
  std::vector<branch> path_;  // the first length_ of them; the rest is kept for its memory
};

}  // namespace tutti::detail
