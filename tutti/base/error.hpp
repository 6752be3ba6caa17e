/// \file
/// What tutti throws; groups and errors from elsewhere have files of their own. `cancelled` stands
/// apart; all others derive from `error`, an `error` is a runtime_error.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace tutti {

/// Why a scope was cancelled.
enum class cancel_reason : unsigned char {
  none,
  explicit_request,
  deadline,
  sibling_failed,
  shutdown,
  interrupt
};

/// Thrown by every wait inside a cancelled scope. Deliberately not a `std::exception`: a `catch
/// (const std::exception&)` meant for real failures cannot swallow it. Let it pass; swallowing it
/// only delays the end, since the next wait throws again. Source: trio.Cancelled,
/// asyncio.CancelledError.
struct cancelled {
  cancel_reason reason = cancel_reason::explicit_request;
};

/// Base of every error tutti throws.
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A deadline passed.
class timeout_error : public error {
 public:
  explicit timeout_error(const std::string& text = "the deadline passed before the work was done")
      : error(text) {}
};

/// A blocking call would have stopped an event loop or a coroutine's thread; `what()` says what to
/// write instead.
class blocking_call : public error {
 public:
  using error::error;
};

/// Put on a closed queue, get on a closed and empty one, submit on a shut-down executor, I/O on a
/// closed stream.
class closed : public error {
 public:
  explicit closed(const std::string& text = "it is closed") : error(text) {}
};

/// A promise was destroyed without having been set.
class broken_promise : public error {
 public:
  explicit broken_promise(const std::string& text = "the promise was destroyed before it was set")
      : error(text) {}
};

/// The work behind a future was cancelled while the one who asks for its result was not.
class future_cancelled : public error {
 public:
  explicit future_cancelled(const std::string& text = "the work behind this future was cancelled")
      : error(text) {}
};

/// A wait that could never end was refused; `what()` names the tasks and objects of the cycle.
class deadlock : public error {
 public:
  using error::error;
};

/// `run` was ended by Ctrl-C, after clean-up.
class interrupted : public error {
 public:
  explicit interrupted(const std::string& text = "interrupted by Ctrl-C") : error(text) {}
};

/// A barrier was aborted or reset under its waiters.
class broken_barrier : public error {
 public:
  explicit broken_barrier(
      const std::string& text = "the barrier was aborted or reset while tasks waited")
      : error(text) {}
};

/// Released by someone who does not hold it.
class not_owner : public error {
 public:
  explicit not_owner(const std::string& text = "released by someone who does not hold it")
      : error(text) {}
};

namespace detail {
/// "std::out_of_range: no such key": type and text of what a pointer holds; groups become their
/// tree.
std::string describe(const std::exception_ptr& error);
/// The demangled type of what a pointer holds ("tutti::cancelled", "int", …); "unknown" if there is
/// no telling.
std::string type_name(const std::exception_ptr& error);
bool is_cancellation(const std::exception_ptr& error) noexcept;
/// Ready-made pointers: ending a task by cancellation allocates nothing.
const std::exception_ptr& cancelled_error(cancel_reason why) noexcept;
const std::exception_ptr& future_cancelled_error() noexcept;

template <class E>
bool matches(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const E&) {
    return true;
  } catch (...) {
    return false;
  }
}
}  // namespace detail

}  // namespace tutti
