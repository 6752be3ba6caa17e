/// \file
/// A deadline that waits to fire. The node lies in the waiter; arming allocates nothing.
#pragma once

#include <tutti/base/list.hpp>
#include <tutti/base/time.hpp>

namespace tutti::detail {

/// `fire` is called once, on a thread of the scheduler it was armed with, at or after `when`; never
/// after a disarm that returned true.
struct timer : list_node {
  explicit timer(void (*f)(timer&) noexcept) noexcept : fire(f) {}
  time_point when{};
  void (*fire)(timer&) noexcept;
};

}  // namespace tutti::detail
