/// \file
/// Is everything that was started here also over?
#pragma once

#include <memory>
#include <source_location>

namespace tutti {
namespace detail {
class task_watch;
}

namespace testing {

/// When it is destroyed, every task started since it was made must be done; in a simulation every
/// thread, too. Otherwise the run fails with their names: a simulation ends with `failure`,
/// elsewhere the destructor throws it (unless an exception is passing).
///
/// Threads:  made and destroyed by one thread or task; watches all.
/// Lifetime: a block.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   cannot be.
class leak_check {
 public:
  explicit leak_check(std::source_location where = std::source_location::current());
  ~leak_check() noexcept(false);
  leak_check(const leak_check&) = delete;
  leak_check& operator=(const leak_check&) = delete;

 private:
  std::unique_ptr<detail::task_watch> watch_;
  std::source_location where_;
  int exceptions_;
};

}  // namespace testing
}  // namespace tutti
