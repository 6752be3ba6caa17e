/// \file
/// The cell of a thread that is no task, so that threads and tasks wait in the same lists.
#pragma once

#include <string>

#include <tutti/core/task_cell.hpp>

namespace tutti::detail {

/// Lives as long as its thread (or on the stack of the thread's body). It is active from the start,
/// never scheduled, and blocks where a coroutine would park.
class thread_cell final : public task_cell {
 public:
  explicit thread_cell(std::string name = {}) noexcept;
  ~thread_cell() override;

  std::string name_text() override;
  bool is_thread() const noexcept override { return true; }

 private:
  std::coroutine_handle<> body_done() noexcept override;
  void drop() noexcept override;

  std::string name_;
};

}  // namespace tutti::detail
