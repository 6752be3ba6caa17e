/// \file
/// The seam between streams and the kernel: what can be waited for, and who watches it.
#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <tutti/base/list.hpp>
#include <tutti/core/awaitable.hpp>
#include <tutti/core/task.hpp>
#include <tutti/core/task_cell.hpp>

namespace tutti::detail {

class io_engine;
class readiness;

enum class direction : unsigned char { read, write };

/// One task that waits until one direction of something is ready. Lies in the awaiter.
struct ready_wait : list_node, wait {
  ready_wait(const wait_kind& k, task_cell& c) noexcept : wait(k, c) {}
  static const wait_kind reading;
  static const wait_kind writing;
};

/// Told, on the loop's thread, when something can be written again; it must only note that.
struct ready_hook {
  explicit ready_hook(void (*f)(ready_hook&) noexcept) noexcept : signalled(f) {}
  void (*signalled)(ready_hook&) noexcept;
};

/// Can it be read, can it be written, and who waits for that. The answer is a guess that is right
/// when it says no: a call that finds nothing clears it, a signal sets it, everybody who waits then
/// tries again.
///
/// Threads:  the loop of the tasks that use it.
/// Lifetime: outlives its waiters.
/// Wakes:    signal() and close() wake everybody who waits for that direction.
/// Order:    waiters try again in the order in which they came.
/// Cancel:   a cancelled waiter has left the list; nothing was read or written for it.
class readiness {
 public:
  readiness() noexcept = default;
  readiness(const readiness&) = delete;
  readiness& operator=(const readiness&) = delete;

  bool is_ready(direction d) const noexcept { return d == direction::read ? readable_ : writable_; }
  /// A call found nothing.
  void clear(direction d) noexcept { (d == direction::read ? readable_ : writable_) = false; }
  /// A read took less than it asked for: there is no more, unless the end is near and will not be
  /// signalled again.
  void drained() noexcept { readable_ = ends_; }
  void signal(direction d) noexcept;
  /// For several directions at once: whom a woken one may destroy is not touched any more.
  void signal(bool readable, bool writable) noexcept;
  /// Wakes everybody without saying that anything is ready.
  void wake_waiters() noexcept;
  /// The other side will send no more: reading never waits again.
  void signal_end() noexcept {
    ends_ = true;
    signal(direction::read);
  }
  /// The same, and nothing will be written.
  void signal_ends() noexcept {
    ends_ = true;
    signal(true, true);
  }
  bool has_waiters() const noexcept { return !readers_.empty() || !writers_.empty(); }

  /// Whom to tell besides the waiters when it can be written; null: nobody.
  void hook_writable(ready_hook* h) noexcept { hook_ = h; }

  /// Makes sure that the loop `where` hears of this; called before a wait. May throw.
  virtual void prepare_wait(scheduler& where) = 0;

  class awaiter : public native_awaiter {
   public:
    awaiter(readiness& of, direction d) noexcept : of_(of), direction_(d) {}
    awaiter(awaiter&& other) noexcept : of_(other.of_), direction_(other.direction_) {}
    bool await_ready() const noexcept { return false; }
    template <std::derived_from<promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
      return suspend(*h.promise().cell, h);
    }
    void await_resume() const {
      if (wait_) wait_->check();
    }

   private:
    bool suspend(task_cell& cell, std::coroutine_handle<> h);
    readiness& of_;
    direction direction_;
    std::optional<ready_wait> wait_;
  };
  /// Waits until the direction is worth another try. A checkpoint.
  awaiter until(direction d) noexcept { return {*this, d}; }

 protected:
  ~readiness() = default;

 private:
  list<ready_wait> readers_;
  list<ready_wait> writers_;
  ready_hook* hook_ = nullptr;
  bool readable_ = true;
  bool writable_ = true;
  bool ends_ = false;
};

/// What an engine knows about one descriptor. Part of io_engine: made by attach(), given up by
/// retire().
struct watch : list_node {
  watch(int descriptor, readiness& t) noexcept : fd(descriptor), target(&t) {}
  int fd;
  readiness* target;      ///< whom to signal; null once given up; guarded by the engine
  bool is_armed = false;  ///< owner: the engine: the kernel may still mention it
};

/// A descriptor that tasks can wait for. It belongs to the loop of the task that waited last.
///
/// Threads:  one loop at a time; close() from anywhere while nobody waits.
/// Lifetime: outlives its waiters.
/// Wakes:    as readiness.
/// Order:    as readiness.
/// Cancel:   as readiness.
class io_descriptor final : public readiness {
 public:
  explicit io_descriptor(int fd) noexcept : fd_(fd) {}
  ~io_descriptor() { close(); }
  void prepare_wait(scheduler& where) override;
  /// Closes it; whoever waits is woken and finds it closed.
  void close() noexcept;
  bool is_open() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }

 private:
  void forget() noexcept;
  int fd_;
  watch* watch_ = nullptr;
  std::shared_ptr<io_engine> engine_;  // that has the watch
};

/// An operation on a file that the kernel does by itself. Lies in the awaiter, which stays until
/// the kernel is done.
struct io_request {
  enum class kind : unsigned char { read, write, sync };
  kind what;
  int fd;
  void* data;
  std::size_t size;
  std::uint64_t offset;
  std::int64_t result = 0;  ///< a count, or minus an error number
  task_cell* cell = nullptr;
};

/// Watches the descriptors of one loop.
///
/// Threads:  by the loop's thread; retire() from anywhere.
/// Lifetime: shared by the loop's driver and everything it watches; closed when the driver goes.
/// Wakes:    tasks whose descriptor became ready, when the driver waits or polls.
/// Order:    what the kernel did before it reported is seen by the woken.
/// Cancel:   start() of a request can be cancelled by cancel(), which only asks: its end comes all
/// the same.
class io_engine : public std::enable_shared_from_this<io_engine> {
 public:
  virtual ~io_engine() = default;
  /// Begins to signal changes to `target`, and its present state. Throws std::system_error.
  virtual watch* attach(int fd, readiness& target) = 0;
  /// Nobody is signalled any more. The descriptor is still open.
  virtual void retire(watch& w) noexcept = 0;
  /// Can it start requests?
  virtual bool does_files() const noexcept { return false; }
  /// Starts a request whose end wakes `r.cell`.
  virtual void start(io_request&) noexcept {}
  /// Asks the kernel to give a started request up.
  virtual void cancel(io_request&) noexcept {}
};

/// The engine of a loop; throws `error` where tasks cannot wait for I/O.
io_engine& engine_of(scheduler& where);

/// Has the engine perform a request; `r.result` says what came of it. Does not throw `cancelled`: a
/// request that was given up ends with minus ECANCELED.
class request_awaiter : public native_awaiter {
 public:
  request_awaiter(io_engine& engine, io_request& r) noexcept : engine_(engine), request_(r) {}
  request_awaiter(request_awaiter&& other) noexcept
      : engine_(other.engine_), request_(other.request_) {}
  bool await_ready() const noexcept { return false; }
  template <std::derived_from<promise_base> Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) noexcept {
    return suspend(*h.promise().cell, h);
  }
  void await_resume() const noexcept {}

 private:
  struct request_wait : wait {
    request_wait(task_cell& c, io_engine& e, io_request& r) noexcept
        : wait(kind_of, c), engine(e), request(r) {}
    io_engine& engine;
    io_request& request;
    static const wait_kind kind_of;
  };
  bool suspend(task_cell& cell, std::coroutine_handle<> h) noexcept;
  io_engine& engine_;
  io_request& request_;
  std::optional<request_wait> wait_;
};

}  // namespace tutti::detail
