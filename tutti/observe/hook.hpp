/// \file
/// Listening to the beginnings and ends of tasks.
#pragma once

#include <memory>

#include <tutti/observe/tasks.hpp>

namespace tutti::observe {

/// Derive and override what you want to hear. Calls come from the threads where it happens, one at
/// a time; they must be short and must not throw, spawn or wait.
class hook {
 public:
  virtual ~hook() = default;
  virtual void task_created(const task_info&) {}
  virtual void task_finished(const task_info&, std::exception_ptr) {}
};

/// Attached from `attach` to its destruction, which waits until no call is under way.
class [[nodiscard("the hook listens only while this lives")]] attachment {
 public:
  explicit attachment(hook& h);
  ~attachment();
  attachment(attachment&&) noexcept;
  attachment& operator=(attachment&&) = delete;

 private:
  class bridge;
  std::unique_ptr<bridge> bridge_;
};

inline attachment attach(hook& h) { return attachment(h); }

}  // namespace tutti::observe
