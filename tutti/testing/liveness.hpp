/// \file
/// What must happen again and again, watched.
#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

namespace tutti {
namespace detail {

/// Part of liveness.
struct hot_state {
  std::string name;
  std::uint64_t steps_max;  ///< in one go
  std::uint64_t until = 0;  ///< the step at which it has been hot too long; 0: it is cold
};

}  // namespace detail

namespace testing {

/// Says that something is owed: hot while it is, cold once it is done. In a simulation the run
/// fails, as a livelock, when it has been hot for more than `steps_max` steps in one go although
/// strands do run, or when it is destroyed hot. A step bound of the whole run finds that nothing
/// ends; this one finds that others get on while one starves. Elsewhere only the end is checked.
///
/// Threads:  one at a time; in simulations any strand.
/// Lifetime: a block that surrounds those who use it.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   cannot be; an exception that passes is not blamed again.
/// ```
/// testing::liveness answered{"every request is answered"};
/// answered.hot();   // sent
/// …
/// answered.cold();  // the reply is here
/// ```
/// Source: hot and cold states of P# and Coyote.
class liveness {
 public:
  explicit liveness(std::string_view name, std::uint64_t steps_max = 10'000,
                    std::source_location where = std::source_location::current());
  ~liveness() noexcept(false);
  liveness(const liveness&) = delete;
  liveness& operator=(const liveness&) = delete;

  /// Something is owed now. Again while hot: nothing new.
  void hot() noexcept;
  void cold() noexcept;
  bool is_hot() const noexcept { return state_.until != 0; }

 private:
  detail::hot_state state_;
  std::source_location where_;
  int exceptions_;
};

}  // namespace testing
}  // namespace tutti
