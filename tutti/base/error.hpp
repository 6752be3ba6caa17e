/// \file
/// Everything tutti throws. `cancelled` stands apart; all others derive from `error`, an `error` is
/// a runtime_error.
#pragma once

#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

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

/// A worker process died in the middle of a task. `signal()` and `exit_code()` are 0 where they do
/// not apply; `task()` is the function's name; `output()` is what the worker wrote last, if its
/// pool reads that.
class worker_crashed : public error {
 public:
  worker_crashed(const std::string& text, int signal, int exit_code, std::string_view task,
                 std::string_view output = {});
  int signal() const noexcept { return signal_; }
  int exit_code() const noexcept { return exit_code_; }
  const std::string& task() const noexcept { return texts_->first; }
  const std::string& output() const noexcept { return texts_->second; }

 private:
  int signal_;
  int exit_code_;
  std::shared_ptr<const std::pair<std::string, std::string>> texts_;
};

/// An exception from another process or host whose C++ type cannot be rebuilt here. Never made from
/// a type name that came over the wire: the name is data.
class remote_error : public error {
 public:
  remote_error(std::string_view type, const std::string& what, std::string_view traceback);
  const std::string& type() const noexcept { return texts_->first; }
  const std::string& traceback() const noexcept { return texts_->second; }

 private:
  std::shared_ptr<const std::pair<std::string, std::string>> texts_;
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

/// Several failures at once: a tree whose leaves are the real errors, whose inner nodes are groups.
///
/// `with_task_group` throws one always, even for a single failure. Look into it with `contains`,
/// take it apart with `split`, or handle by type and rethrow the rest:
/// ```
/// catch (tutti::exception_group& g) {
///   g.handle<std::system_error>([](const std::system_error& e) { log(e); }).rethrow_if_any();
/// }
/// ```
/// Copying is cheap (the tree is shared and never changes in place). Source: PEP 654.
class exception_group : public error {
 public:
  exception_group();
  /// `names` says which task each exception came from; shorter than `exceptions` or empty where
  /// there is no name.
  explicit exception_group(std::vector<std::exception_ptr> exceptions,
                           std::vector<std::string> names = {});

  /// The direct members; a member may be a group.
  std::span<const std::exception_ptr> exceptions() const noexcept;
  /// Every leaf of the tree, depth first, in order.
  std::vector<std::exception_ptr> leaves() const;
  bool empty() const noexcept;
  /// The tree, one line a node, with the names of the tasks.
  const char* what() const noexcept override;

  /// Is there a leaf that `catch (const E&)` would take?
  template <class E>
  bool contains() const {
    for (const std::exception_ptr& leaf : leaves())
      if (detail::matches<E>(leaf)) return true;
    return false;
  }
  struct parts;
  /// `{matching, rest}`: the same tree twice, once with only the leaves that `catch (const E&)`
  /// would take, once with the others. Either may be empty.
  template <class E>
  parts split() const;
  /// Calls `fn(const E&)` for every leaf that `catch (const E&)` would take, keeps the rest,
  /// returns itself.
  template <class E, class Fn>
  exception_group& handle(Fn&& fn);
  /// Throws itself unless empty.
  void rethrow_if_any() const;

 private:
  struct tree;
  using predicate = bool (*)(const std::exception_ptr&) noexcept;
  exception_group filtered(predicate take, bool wanted) const;
  std::shared_ptr<const tree> tree_;
};

/// What `split` gives.
struct exception_group::parts {
  exception_group matching;
  exception_group rest;
};

template <class E>
exception_group::parts exception_group::split() const {
  return {filtered(&detail::matches<E>, true), filtered(&detail::matches<E>, false)};
}

template <class E, class Fn>
exception_group& exception_group::handle(Fn&& fn) {
  for (const std::exception_ptr& leaf : leaves()) {
    if (!detail::matches<E>(leaf)) continue;
    try {
      std::rethrow_exception(leaf);
    } catch (const E& e) {
      fn(e);
    }
  }
  *this = filtered(&detail::matches<E>, false);
  return *this;
}

}  // namespace tutti
