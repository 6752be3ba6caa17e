/// \file
/// A bounded queue of messages in shared memory: the untyped body of process_queue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <tutti/base/function.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>
#include <tutti/process/backend/robust_mutex.hpp>
#include <tutti/process/detail/shared_block.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/wire/bytes.hpp>

namespace tutti::detail {

/// Threads:  everything from any thread of any process.
/// Lifetime: the block's.
/// Wakes:    an item wakes one taker, room wakes all putters, close() wakes everybody.
/// Order:    first in, first out.
/// Cancel:   by a time limit.
///
/// A message becomes visible by one store after all its bytes are there, under a robust lock:
/// whoever dies in between leaves the queue as it was. What lies in the memory is not believed: a
/// process that scribbles there gets others a wire_error and nothing worse.
class byte_queue {
 public:
  static constexpr std::size_t head_bytes = 16;  // of every message: length, sender

  byte_queue() noexcept = default;
  byte_queue(const byte_queue&) = delete;
  byte_queue& operator=(const byte_queue&) = delete;

  /// False: no room until the deadline. Throws `closed`, and `error` for what can never fit.
  bool put(const shared_block& block, std::span<const std::byte> message, time_point deadline);
  struct message {
    std::vector<std::byte> bytes;
    std::uint64_t sender = 0;
  };
  /// Empty: nothing came until the deadline. Throws `closed` when closed and drained.
  std::optional<message> get(const shared_block& block, time_point deadline);
  /// Both awaited, on the queue that lies in `block`. Cancelled, nothing was put or taken.
  static task<void> async_put(shared_block::handle block, std::vector<std::byte> item);
  static task<message> async_get(shared_block::handle block);
  void close(const shared_block& block) noexcept;
  std::size_t size() noexcept;

 private:
  static std::size_t capacity(const shared_block& block) noexcept;
  void copy_in(const shared_block& block, std::uint64_t at,
               std::span<const std::byte> from) noexcept;
  void copy_out(const shared_block& block, std::uint64_t at, std::span<std::byte> to) noexcept;
  /// Under the lock: how many bytes of messages there are. Throws wire_error for nonsense.
  std::uint64_t filled(const shared_block& block) const;
  /// Under the lock, after its owner died with it: counts the items anew, and wakes those whom that
  /// one may have meant to wake.
  void repair(const shared_block& block) noexcept;
  bool offer(const shared_block& block, std::span<const std::byte> item);
  std::optional<message> take(const shared_block& block);

  robust_mutex mutex_;
  sys::atomic<std::uint64_t> head_{0};   // bytes ever taken; guarded by mutex_
  sys::atomic<std::uint64_t> tail_{0};   // bytes ever put; guarded by mutex_
  sys::atomic<std::uint32_t> items_{0};  // guarded by mutex_, read without it as a hint
  sys::atomic<std::uint32_t> closed_{0};
  // How many wait; a waiter that died leaves it too high, never too low.
  sys::atomic<std::uint32_t> takers_{0};
  sys::atomic<std::uint32_t> putters_{0};
  sys::atomic<std::uint32_t> put_word_{0};  // changes with every put and close: takers sleep on it
  sys::atomic<std::uint32_t> take_word_{
      0};  // changes with every take and close: putters sleep on it
};

}  // namespace tutti::detail
