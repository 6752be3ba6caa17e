/// \file
/// `process_queue<T>`: items between processes.
#pragma once

#include <cstddef>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <tutti/base/clock.hpp>
#include <tutti/base/error.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>
#include <tutti/process/detail/byte_queue.hpp>
#include <tutti/process/detail/shared_handle.hpp>
#include <tutti/wire/archive.hpp>

namespace tutti {

/// A bounded queue between processes; items cross by copying, as arguments of tasks do. A handle:
/// copies, and what a task gets, are the same queue.
///
/// Threads:  everything from any thread of any process.
/// Lifetime: counted, as shared_array.
/// Wakes:    put() wakes a getter, get() the putters, close() everybody.
/// Order:    first in, first out.
/// Cancel:   by a time limit or by cancelling. A process that dies in the middle of put() or get()
/// leaves the queue as it was; an item it had taken is gone with it.
/// ```
/// tutti::process_queue<std::string> lines{1 << 20};   // room in bytes
/// tutti::process reader{"reader", read_all, lines};
/// while (auto line = lines.next()) ...
/// ```
/// Source: `multiprocessing.Queue`.
template <class T>
class process_queue {
 public:
  /// Room for `bytes` of items, sixteen bytes of book-keeping an item not counted in.
  explicit process_queue(std::size_t bytes)
      : block_(detail::shared_block::make(
            "tutti-queue", sizeof(detail::byte_queue) + bytes + detail::byte_queue::head_bytes)) {
    ::new (static_cast<void*>(block_->data())) detail::byte_queue;
  }
  /// Waits for room. Throws `closed`; `error` for an item that can never fit; blocking_call on a
  /// loop's thread if it would have to wait.
  void put(const T& item) { put_until(item, time_point::max()); }
  bool try_put(const T& item) { return put_until(item, time_point::min()); }
  bool try_put_for(const T& item, detail::timespan limit) {
    return put_until(item, detail::saturating_add(clock::now(), limit));
  }
  /// Waits for an item. Throws `closed` once closed and empty.
  T get() { return *get_until(time_point::max()); }
  std::optional<T> try_get() { return get_until(time_point::min()); }
  std::optional<T> try_get_for(detail::timespan limit) {
    return get_until(detail::saturating_add(clock::now(), limit));
  }
  /// The next item; empty once closed and drained.
  std::optional<T> next() {
    try {
      return get_until(time_point::max());
    } catch (const closed&) {
      return std::nullopt;
    }
  }
  /// The same, awaited. Cancelled, nothing was put or taken; the queue may go before the task ends.
  TUTTI_CORO_WRAPPER task<void> async_put(const T& item) {
    return detail::byte_queue::async_put(block_, encoded(item));
  }
  TUTTI_CORO_WRAPPER task<T> async_get() { return await_item(block_); }
  TUTTI_CORO_WRAPPER task<std::optional<T>> async_next() { return await_next(block_); }
  /// No more items; getters drain what is there.
  void close() noexcept { body().close(*block_); }
  std::size_t size() const noexcept { return body().size(); }
  bool empty() const noexcept { return size() == 0; }

 private:
  friend struct detail::handle_crossing<process_queue>;
  using layout = detail::byte_queue;
  explicit process_queue(detail::shared_block::handle block) noexcept : block_(std::move(block)) {}
  detail::byte_queue& body() const noexcept { return block_->template at<detail::byte_queue>(); }

  static std::vector<std::byte> encoded(const T& item) {
    wire::byte_writer counter;
    wire::encode(counter, item);
    std::vector<std::byte> bytes(counter.total());
    wire::byte_writer out{bytes};
    wire::encode(out, item);
    if (!out.take_kept().empty())
      throw error(
          "handles to shared memory cannot travel through a process_queue: pass them as arguments");
    return bytes;
  }
  static task<T> await_item(detail::shared_block::handle block) {
    const detail::byte_queue::message taken =
        co_await detail::byte_queue::async_get(std::move(block));
    wire::byte_reader in{taken.bytes, taken.sender};
    co_return wire::decode<T>(in);
  }
  static task<std::optional<T>> await_next(detail::shared_block::handle block) {
    std::optional<T> item;
    try {
      item.emplace(co_await await_item(std::move(block)));
    } catch (const closed&) {
    }
    co_return item;
  }
  bool put_until(const T& item, time_point limit) {
    return body().put(*block_, encoded(item), limit);
  }
  std::optional<T> get_until(time_point limit) {
    const auto taken = body().get(*block_, limit);
    if (!taken) return std::nullopt;
    wire::byte_reader in{taken->bytes, taken->sender};
    return wire::decode<T>(in);
  }

  detail::shared_block::handle block_;
};

template <class T>
struct wire::crossing<process_queue<T>> : tutti::detail::handle_crossing<process_queue<T>> {};

}  // namespace tutti
