/// \file
/// A named thread that joins in its destructor. The only place that starts threads.
#pragma once

#include <string>
#include <string_view>

#include <tutti/base/function.hpp>

namespace tutti::sys {

/// Threads:  start() and join() from the owner; the body runs on the new thread (or strand).
/// Lifetime: the destructor joins; it cannot be detached.
/// Wakes:    the end of the body wakes join().
/// Order:    what happened before start() is seen by the body; what the body did is seen after
///           join().
/// Cancel:   not by itself.
class thread {
 public:
  thread() noexcept = default;
  /// Throws std::system_error when the system has no more threads; the body is destroyed then.
  thread(std::string_view name, detail::function<void()> body);
  thread(thread&& other) noexcept;
  thread& operator=(thread&& other) noexcept;
  ~thread() { join(); }

  bool joinable() const noexcept { return handle_ != nullptr; }
  void join() noexcept;
  /// Is this the thread itself?
  bool is_current() const noexcept;

 private:
  struct native;
  void* handle_ = nullptr;
  bool simulated_ = false;
};

/// A number that tells threads (and strands of a simulation) apart within this process.
unsigned long this_thread_number() noexcept;
/// The kernel's name of the calling thread, as given at its start ("main" for the first).
std::string this_thread_name();

}  // namespace tutti::sys
