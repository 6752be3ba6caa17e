/// \file
/// What a loop does between two tasks.
#pragma once

#include <tutti/base/list.hpp>

namespace tutti::detail {

/// Asked for by a running task, done on the loop's thread as soon as that task has suspended or
/// ended. Owned by who asks; it leaves the list before it is destroyed.
struct afterwork : list_node {
  explicit afterwork(void (*f)(afterwork&) noexcept) noexcept : run(f) {}
  void (*run)(afterwork&) noexcept;
};

/// Something that belongs to nobody any more and stays with the loop until it is finished, or until
/// the loop ends.
struct loop_guest : list_node {
  loop_guest() noexcept = default;
  loop_guest(const loop_guest&) = delete;
  loop_guest& operator=(const loop_guest&) = delete;
  virtual ~loop_guest() {
    if (is_linked()) list<loop_guest>::unlink(*this);
  }
};

}  // namespace tutti::detail
