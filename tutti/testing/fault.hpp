/// \file
/// Makes a system call fail on purpose.
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace tutti {
namespace detail {
struct planned_fault;
}

namespace testing {

/// While it lives, the next calls of `site` pretend to have failed, with these error numbers in
/// this order, each once; after the last one the calls work again. In simulations and in real runs.
///
/// Sites are named after what is called: "thread.start", "core.frame" (a coroutine's memory),
/// "net.read", … Several faults at one site deliver in the order in which they were made.
///
/// Threads:  made and destroyed anywhere; delivered wherever the site is.
/// Lifetime: a block.
/// Wakes:    nobody.
/// Order:    each number is delivered to one call.
/// Cancel:   destroying it takes back what was not delivered.
/// ```
/// testing::fault flaky{"net.read", EINTR, ECONNRESET};
/// ```
class fault {
 public:
  template <std::convertible_to<int>... Numbers>
  explicit fault(std::string_view site, Numbers... numbers)
      : fault(site, std::initializer_list<int>{static_cast<int>(numbers)...}) {}
  fault(std::string_view site, std::initializer_list<int> numbers);
  ~fault();
  fault(const fault&) = delete;
  fault& operator=(const fault&) = delete;

  /// How many numbers no call has met yet.
  std::size_t left() const noexcept;

 private:
  std::unique_ptr<detail::planned_fault> plan_;
};

}  // namespace testing
}  // namespace tutti
