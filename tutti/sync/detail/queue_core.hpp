/// \file
/// The body of every queue: items as linked nodes, who waits for items, who waits for room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>

#include <tutti/sync/detail/wait_list.hpp>

namespace tutti {

/// Says `close(tutti::now)`: drop what is queued.
struct now_t {
  explicit constexpr now_t() noexcept = default;
};
inline constexpr now_t now{};

/// What `statistics()` of a queue gives: a snapshot, old as soon as it is there.
struct queue_statistics {
  std::size_t size;
  std::size_t maxsize;     ///< 0: no limit
  std::size_t getters;     ///< waiting for an item
  std::size_t putters;     ///< waiting for room
  std::size_t unfinished;  ///< put, and no task_done() for it yet
  bool closed;
};

namespace detail {

class queue_core;

/// What every item begins with.
struct queue_node {
  queue_node* next = nullptr;
  queue_node* child = nullptr;  ///< in a heap
  std::uint64_t number = 0;     ///< the how manieth put; equal priorities go by it
};

/// Items in their order. owner: the queue, under its lock.
class item_store {
 public:
  enum class order : unsigned char { fifo, lifo, priority };
  /// Does `a` come before `b`? Calls the user's comparison, which must not throw.
  using before_fn = bool (*)(const void* data, const queue_node& a, const queue_node& b) noexcept;

  explicit item_store(order o, before_fn before = nullptr, const void* data = nullptr) noexcept
      : before_(before), data_(data), order_(o) {}
  void push(queue_node& n) noexcept;
  /// The next item; there must be one.
  queue_node& pop() noexcept;
  /// Undoes pop().
  void push_back_to_front(queue_node& n) noexcept;

 private:
  bool comes_first(const queue_node& a, const queue_node& b) const noexcept;
  queue_node* merge(queue_node* a, queue_node* b) const noexcept;
  queue_node* merge_all(queue_node* first) const noexcept;

  queue_node* head_ = nullptr;  ///< the next one out; in a heap the root
  queue_node* tail_ = nullptr;
  before_fn before_;
  const void* data_;
  order order_;
};

struct get_waiter : waiter {
  get_waiter(task_cell& c, queue_core& q) noexcept;
  /// After the wait: the item, or null when the queue is closed and drained.
  queue_node* take() noexcept;

  queue_core& of;
  enum { waiting, promised, taken, closed } state = waiting;  ///< guarded by the queue's lock
  queue_node* item = nullptr;                                 ///< when taken
  static const wait_rule rule_of;
};

struct put_waiter : waiter {
  /// Fills the node from where the caller keeps the item, under the queue's lock. False: it threw
  /// `error`.
  using fill_fn = bool (*)(put_waiter& w) noexcept;
  put_waiter(task_cell& c, queue_core& q, queue_node* n, fill_fn f = nullptr,
             void* s = nullptr) noexcept;
  /// After the wait: throws `closed`, or what filling the node threw; else the node is the queue's.
  void check_put() const;

  queue_core& of;
  queue_node* node;
  fill_fn fill;  ///< null: the node is filled
  void* source;
  std::exception_ptr error;
  enum { waiting, put, closed, failed } state = waiting;  ///< guarded by the queue's lock
  static const wait_rule rule_of;
};

struct join_waiter : waiter {
  struct params {
    queue_core* of;
  };
  join_waiter(task_cell& c, params p) noexcept;
  void result() const noexcept {}

  queue_core& of;
  static const wait_rule rule_of;
};

/// Threads:  everything from threads and tasks, in any mix.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program.
/// Wakes:    an item wakes the getter that waits longest, room the putter that waits longest, the
///           last task_done() all who join, close() whom it concerns.
/// Order:    what happened before a put is seen after the get of that item.
/// Cancel:   a waiter that gives up has left the list. A getter is promised an item, which stays
///           where it is until the getter goes on; cancelled before that, the promise passes to the
///           next one, and nothing is lost or comes out of order. A put that was let in stays in
///           and reports success.
class queue_core {
 public:
  using dispose_fn = void (*)(queue_node& n) noexcept;
  queue_core(item_store items, dispose_fn dispose, std::size_t maxsize) noexcept
      : getters_(mu_),
        putters_(mu_),
        joiners_(mu_),
        items_(items),
        dispose_(dispose),
        maxsize_(maxsize) {}
  ~queue_core();
  queue_core(const queue_core&) = delete;
  queue_core& operator=(const queue_core&) = delete;

  void close(bool drop) noexcept;
  void task_done();
  bool try_join_until(time_point limit);
  queue_statistics statistics() const noexcept;
  std::size_t size() const noexcept;
  std::size_t maxsize() const noexcept { return maxsize_; }
  bool is_closed() const noexcept;

 private:
  friend struct get_waiter;
  friend struct put_waiter;
  friend struct join_waiter;
  struct leftovers;

  bool start(get_waiter& w, bool may_wait) noexcept;
  bool start(put_waiter& w, bool may_wait) noexcept;
  bool start(join_waiter& w, bool may_wait) noexcept;
  queue_node* take_promised() noexcept;
  void give_back() noexcept;
  bool admit(put_waiter& w) noexcept TUTTI_REQUIRES(mu_);
  void match(wake_batch& woken) noexcept TUTTI_REQUIRES(mu_);
  void end_if_drained(wake_batch& woken) noexcept TUTTI_REQUIRES(mu_);
  void finished(std::size_t n, wake_batch& woken) noexcept TUTTI_REQUIRES(mu_);
  bool has_room() const noexcept TUTTI_REQUIRES(mu_) {
    return maxsize_ == 0 || available_ < maxsize_;
  }

  mutable sys::mutex mu_;
  wait_list getters_;  // guarded by mu_; empty while items are available
  wait_list putters_;  // guarded by mu_; empty while there is room
  wait_list joiners_;  // guarded by mu_; empty while nothing is unfinished
  item_store items_ TUTTI_GUARDED_BY(mu_);
  std::size_t available_ TUTTI_GUARDED_BY(mu_) = 0;  ///< items that are promised to nobody
  std::size_t promised_ TUTTI_GUARDED_BY(mu_) = 0;   ///< items of getters on their way
  std::size_t unfinished_ TUTTI_GUARDED_BY(mu_) = 0;
  std::uint64_t puts_ TUTTI_GUARDED_BY(mu_) = 0;
  bool closed_ TUTTI_GUARDED_BY(mu_) = false;
  bool dropping_ TUTTI_GUARDED_BY(mu_) = false;  ///< closed with `now`
  const dispose_fn dispose_;
  const std::size_t maxsize_;
};

}  // namespace detail
}  // namespace tutti
