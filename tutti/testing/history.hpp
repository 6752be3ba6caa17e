/// \file
/// What threads asked of an object and what they got, and whether one thread alone could have got
/// the same: linearizability of small histories, with models of the usual objects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tutti/sys/world.hpp>
#include <tutti/testing/detail/allocations.hpp>
#include <tutti/testing/failure.hpp>

namespace tutti::testing {

/// One call: between `began` and `ended` it took effect, all at once.
struct recorded_call {
  static constexpr std::uint64_t never = ~std::uint64_t{0};
  std::string_view name;
  long long first = 0;  ///< arguments
  long long second = 0;
  std::optional<long long> result;  ///< nothing: it gave nothing, or found nothing
  std::uint64_t began = 0;
  std::uint64_t ended = never;  ///< never: it has not returned, so it may have taken effect or not
  bool has_ended() const noexcept { return ended != never; }
};

/// Records calls in the order in which they began and ended.
///
/// Threads:  in a simulation all strands; elsewhere one at a time.
/// Lifetime: outlives its calls.
/// Wakes:    nobody.
/// Order:    of the calls themselves.
/// Cancel:   cannot be.
/// ```
/// testing::history h;
/// …  auto c = h.begin("put", 3); q.put(3); c.returns();
/// …  auto c = h.begin("get"); c.returns(q.get());
/// testing::check_linearizable(h, testing::queue_model{});
/// ```
class history {
 public:
  /// A call under way; forgetting to say `returns` leaves it open, as when it was cancelled.
  class open_call {
   public:
    void returns() noexcept {
      sys::reach_further();
      of_->calls_[at_].ended = ++of_->now_;
    }
    void returns(std::optional<long long> value) noexcept {
      of_->calls_[at_].result = value;
      returns();
    }

   private:
    friend class history;
    open_call(history& h, std::size_t at) noexcept : of_(&h), at_(at) {}
    history* of_;
    std::size_t at_;
  };

  /// `name` is a literal that the model knows.
  open_call begin(std::string_view name, long long first = 0, long long second = 0) {
    const detail::unfailing note;
    sys::reach_further();  // the order of all calls is seen
    calls_.push_back({name, first, second, std::nullopt, ++now_});
    return {*this, calls_.size() - 1};
  }
  const std::vector<recorded_call>& calls() const noexcept { return calls_; }
  /// One line a call.
  std::string text() const;

 private:
  std::vector<recorded_call> calls_;
  std::uint64_t now_ = 0;
};

/// First in, first out; `capacity` 0: unbounded. put(x), get() → x, try_put(x) → 0 or 1, try_get()
/// → x or nothing.
struct queue_model {
  std::size_t capacity = 0;
  std::deque<long long> items{};
  bool apply(const recorded_call& c);
  bool operator==(const queue_model&) const = default;
};

/// lock(), unlock(), try_lock() → 0 or 1.
struct mutex_model {
  bool locked = false;
  bool apply(const recorded_call& c);
  bool operator==(const mutex_model&) const = default;
};

/// acquire(), release(), try_acquire() → 0 or 1.
struct semaphore_model {
  long long permits = 1;
  bool apply(const recorded_call& c);
  bool operator==(const semaphore_model&) const = default;
};

/// put(key, value), get(key) → value or nothing, erase(key) → 0 or 1.
struct map_model {
  std::map<long long, long long> entries{};
  bool apply(const recorded_call& c);
  bool operator==(const map_model&) const = default;
};

}  // namespace tutti::testing

namespace tutti::detail {

constexpr std::size_t calls_checked_max = 64;

template <class Model>
class linearizer {
 public:
  explicit linearizer(const std::vector<testing::recorded_call>& calls) : calls_(calls) {}

  /// Is there an order of the calls that are not in `done` that begins in state `now`?
  bool can_finish(std::uint64_t done, const Model& now) {
    std::uint64_t first_end = testing::recorded_call::never;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (!is_in(done, i)) first_end = std::min(first_end, calls_[i].ended);
    }
    if (first_end == testing::recorded_call::never) return true;  // only open ones are left
    std::vector<Model>& tried = tried_[done];
    for (const Model& m : tried) {
      if (m == now) return false;
    }
    tried.push_back(now);
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (is_in(done, i) || calls_[i].began > first_end) continue;
      Model next = now;
      if (next.apply(calls_[i]) && can_finish(done | std::uint64_t{1} << i, next)) return true;
    }
    return false;
  }

 private:
  static bool is_in(std::uint64_t set, std::size_t i) noexcept { return (set >> i & 1U) != 0; }
  const std::vector<testing::recorded_call>& calls_;
  std::unordered_map<std::uint64_t, std::vector<Model>> tried_;
};

}  // namespace tutti::detail

namespace tutti::testing {

/// Could the calls have taken effect one after the other, each between its begin and its end, with
/// these results, on an object that starts as `model`? At most 64 calls. Of your own model:
/// `bool apply(const recorded_call&)` makes the call if its result is possible now (an open call
/// has any result), and `==`.
///
/// Source: Wing and Gong, "Testing and verifying concurrent objects" (1993), with Lowe's memory of
/// states already tried (2017).
template <class Model>
bool is_linearizable(const history& h, const Model& model = {}) {
  if (h.calls().size() > detail::calls_checked_max) {
    throw error("a history of more than 64 calls: record less, or check it in parts");
  }
  return detail::linearizer<Model>(h.calls()).can_finish(0, model);
}

/// A check: see is_linearizable.
template <class Model>
void check_linearizable(const history& h, const Model& model = {},
                        std::source_location where = std::source_location::current()) {
  if (!is_linearizable(h, model)) check(false, "not linearizable:\n" + h.text(), where);
}

}  // namespace tutti::testing
