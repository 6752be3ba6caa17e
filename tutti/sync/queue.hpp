/// \file
/// Items from tasks and threads to tasks and threads: `queue`, `lifo_queue`, `priority_queue`.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <tutti/base/error.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/frame_pool.hpp>
#include <tutti/sync/detail/queue_core.hpp>
#include <tutti/sync/semaphore.hpp>

namespace tutti {
namespace detail {

/// An item and its place. The value is there from the put to the get.
template <class T>
struct item_node final : queue_node {
  item_node() noexcept = default;
  explicit item_node(T&& v) : value(std::move(v)) {}
  static void* operator new(std::size_t size) { return frame_pool::allocate(size); }
  static void operator delete(void* p, std::size_t size) noexcept { frame_pool::release(p, size); }
  static void dispose(queue_node& n) noexcept { delete static_cast<item_node*>(&n); }
  std::optional<T> value;
};

[[noreturn]] void throw_drained();

/// Moves the value out and lets the node go.
template <class T>
T take_value(queue_node* n) {
  if (n == nullptr) throw_drained();
  const std::unique_ptr<item_node<T>> owned(static_cast<item_node<T>*>(n));
  return *std::move(owned->value);
}
template <class T>
std::optional<T> take_optional(queue_node* n) {
  const std::unique_ptr<item_node<T>> owned(static_cast<item_node<T>*>(n));
  return owned != nullptr ? std::move(owned->value) : std::optional<T>();
}

template <class T, bool Throws>
struct typed_get : get_waiter {
  struct params {
    queue_core* of;
  };
  typed_get(task_cell& c, params p) noexcept : get_waiter(c, *p.of) {}
  auto result() {
    if constexpr (Throws) {
      return take_value<T>(take());
    } else {
      return take_optional<T>(take());
    }
  }
};

template <class T>
struct typed_put : put_waiter {
  struct params {
    queue_core* of;
    std::unique_ptr<item_node<T>> node;
  };
  typed_put(task_cell& c, params p) noexcept
      : put_waiter(c, *p.of, p.node.get()), owned(std::move(p.node)) {}
  void result() {
    check_put();
    (void)owned.release();  // the queue's now
  }
  std::unique_ptr<item_node<T>> owned;
};

/// What all queues have in common; `queue` describes it.
///
/// Threads:  as queue_core, which is all there is inside.
/// Lifetime: as queue_core.
/// Wakes:    as queue_core.
/// Order:    as queue_core.
/// Cancel:   as queue_core.
template <class T>
class typed_queue {
  static_assert(std::is_object_v<T> && std::movable<T>, "a queue holds movable values");

 public:
  using value_type = T;
  typed_queue(const typed_queue&) = delete;
  typed_queue& operator=(const typed_queue&) = delete;

  /// Puts `item` in; waits for room. Throws `closed`.
  void put(T item) {
    auto node = std::make_unique<item_node<T>>(std::move(item));
    put_waiter w(current_cell(), core_, node.get());
    w.block(time_point::max());
    w.check_put();
    (void)node.release();
  }
  /// Puts it in if there is room now; if not (or when it throws `closed`), `item` is left alone.
  template <class U = T>
    requires std::constructible_from<T, U&&>
  bool try_put(U&& item) {
    return try_put_until(std::forward<U>(item), time_point::min());
  }
  template <class U = T>
    requires std::constructible_from<T, U&&>
  bool try_put_for(U&& item, timespan d) {
    return try_put_until(std::forward<U>(item), limit_after(d));
  }
  template <class U = T>
    requires std::constructible_from<T, U&&>
  bool try_put_until(U&& item, time_point limit) {
    auto node = std::make_unique<item_node<T>>();
    put_waiter w(current_cell(), core_, node.get(), &fill<U>,
                 const_cast<void*>(static_cast<const void*>(std::addressof(item))));
    if (!w.block(limit)) return false;
    w.check_put();
    (void)node.release();
    return true;
  }
  /// Awaits room and puts `item` in. Cancel: then it is not in; once it is in, success is reported.
  auto async_put(T item) {
    using op = typed_put<T>;
    auto node = std::make_unique<item_node<T>>(std::move(item));
    return awaited_op<op, typename op::params>({&core_, std::move(node)});
  }

  /// Takes the next item; waits for one. Throws `closed` once the queue is closed and drained.
  T get() {
    get_waiter w(current_cell(), core_);
    w.block(time_point::max());
    return take_value<T>(w.take());
  }
  /// The next item if there is one now. Throws `closed` once the queue is closed and drained.
  std::optional<T> try_get() { return try_get_until(time_point::min()); }
  std::optional<T> try_get_for(timespan d) { return try_get_until(limit_after(d)); }
  std::optional<T> try_get_until(time_point limit) {
    get_waiter w(current_cell(), core_);
    if (!w.block(limit)) return std::nullopt;
    return take_value<T>(w.take());
  }
  /// As get(), but empty once the queue is closed and drained: `while (auto x = q.next())`.
  std::optional<T> next() {
    get_waiter w(current_cell(), core_);
    w.block(time_point::max());
    return take_optional<T>(w.take());
  }
  /// Awaits the next item. Cancel: an item that was meant for the cancelled task goes to the next
  /// one in order.
  auto async_get() noexcept {
    using op = typed_get<T, true>;
    return awaited_op<op, typename op::params>({&core_});
  }
  auto async_next() noexcept {
    using op = typed_get<T, false>;
    return awaited_op<op, typename op::params>({&core_});
  }

  /// No puts any more; getters drain what is there. Waiting putters get `closed`. Idempotent.
  void close() noexcept { core_.close(false); }
  /// The same, and drops what is queued: each dropped item counts as done.
  void close(now_t) noexcept { core_.close(true); }
  bool is_closed() const noexcept { return core_.is_closed(); }

  /// Says that an item that was got has been dealt with. Too often: std::logic_error.
  void task_done() { core_.task_done(); }
  /// Waits until every item that was put has been dealt with.
  void join() { core_.try_join_until(time_point::max()); }
  bool try_join_for(timespan d) { return core_.try_join_until(limit_after(d)); }
  auto async_join() noexcept { return awaited_op<join_waiter, join_waiter::params>({&core_}); }

  std::size_t size() const noexcept { return core_.size(); }
  bool empty() const noexcept { return core_.size() == 0; }
  bool full() const noexcept { return core_.maxsize() != 0 && core_.size() >= core_.maxsize(); }
  std::size_t maxsize() const noexcept { return core_.maxsize(); }
  queue_statistics statistics() const noexcept { return core_.statistics(); }

 protected:
  typed_queue(item_store items, std::size_t maxsize) noexcept
      : core_(items, &item_node<T>::dispose, maxsize) {}
  ~typed_queue() = default;

 private:
  template <class U>
  static bool fill(put_waiter& w) noexcept {
    using item = std::remove_reference_t<U>;
    try {
      static_cast<item_node<T>*>(w.node)->value.emplace(
          static_cast<U&&>(*static_cast<item*>(w.source)));
      return true;
    } catch (...) {
      w.error = std::current_exception();
      return false;
    }
  }

  queue_core core_;
};

}  // namespace detail

/// First in, first out. `maxsize` 0: no limit; else `put` waits while it is full.
///
/// Threads:  everything from threads and tasks, in any mix.
/// Lifetime: outlives its waiters; destroying it while somebody waits ends the program, what is
///           queued is destroyed.
/// Wakes:    who waits longest; it resumes on its own executor.
/// Order:    what happened before a put is seen after the get of that item.
/// Cancel:   no item is lost or overtaken: one meant for a cancelled getter goes to the next.
///
/// `put` / `get` block, `try_…` never wait (`try_…_for`: not longer than that), `async_…` are
/// awaited. A `try_put` that fails leaves its argument as it was; it moves the item while the queue
/// is locked, so a move constructor must not use the same queue.
/// ```
/// tutti::queue<job> jobs{100};
/// co_await jobs.async_put(job{…});
/// while (auto j = co_await jobs.async_next()) { …; jobs.task_done(); }
/// ```
/// Source: `queue.Queue` and `asyncio.Queue`, with the shutdown of Python 3.13.
template <class T>
class queue : public detail::typed_queue<T> {
 public:
  queue() noexcept : queue(0) {}
  template <std::integral N>
  explicit queue(N maxsize)
      : detail::typed_queue<T>(
            detail::item_store(detail::item_store::order::fifo),
            detail::checked_count(std::cmp_less(maxsize, 0), static_cast<std::size_t>(maxsize))) {}
};

/// Last in, first out; otherwise as queue. Source: `queue.LifoQueue`.
template <class T>
class lifo_queue : public detail::typed_queue<T> {
 public:
  lifo_queue() noexcept : lifo_queue(0) {}
  template <std::integral N>
  explicit lifo_queue(N maxsize)
      : detail::typed_queue<T>(
            detail::item_store(detail::item_store::order::lifo),
            detail::checked_count(std::cmp_less(maxsize, 0), static_cast<std::size_t>(maxsize))) {}
};

namespace detail {
struct by_less {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a < b;
  }
};
/// Keeps the comparison alive before and after the items.
template <class Cmp>
struct comparison {
  explicit comparison(Cmp c) : smaller(std::move(c)) {}
  const Cmp smaller;
};
}  // namespace detail

/// The smallest by `Cmp` first, equals in the order they came; otherwise as queue. `std::greater<>`
/// gives the largest first. The comparison is called while the queue is locked: it must not throw
/// or use the queue. Source: `queue.PriorityQueue`.
template <class T, class Cmp = detail::by_less>
class priority_queue : private detail::comparison<Cmp>, public detail::typed_queue<T> {
 public:
  priority_queue() : priority_queue(0) {}
  template <std::integral N>
  explicit priority_queue(N maxsize, Cmp compare = Cmp())
      : detail::comparison<Cmp>(std::move(compare)),
        detail::typed_queue<T>(
            detail::item_store(detail::item_store::order::priority, &before,
                               static_cast<const detail::comparison<Cmp>*>(this)),
            detail::checked_count(std::cmp_less(maxsize, 0), static_cast<std::size_t>(maxsize))) {}

 private:
  static bool before(const void* data, const detail::queue_node& a,
                     const detail::queue_node& b) noexcept {
    using node = detail::item_node<T>;
    return static_cast<const detail::comparison<Cmp>*>(data)->smaller(
        *static_cast<const node&>(a).value, *static_cast<const node&>(b).value);
  }
};

}  // namespace tutti
