/// \file
/// Bytes that were written in this turn and go to the system together.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include <tutti/async/detail/afterwork.hpp>
#include <tutti/async/detail/channel.hpp>
#include <tutti/async/detail/receive_buffer.hpp>

namespace tutti::detail {

class loop;

/// Small writes are copied here and sent when the task that wrote them suspends, before it reads on
/// from the system, or when there are too many. If the system takes no more, the rest follows as
/// soon as it does.
///
/// Threads:  the loop whose task appended last.
/// Lifetime: outlived by its channel.
/// Wakes:    nobody; it goes on by itself when the channel is writable.
/// Order:    bytes keep their order.
/// Cancel:   nothing to cancel.
class send_queue : private afterwork, private ready_hook {
 public:
  static constexpr std::size_t held_max = receive_buffer::block_size;  ///< more goes out at once

  explicit send_queue(channel& to) noexcept
      : afterwork(&after_task), ready_hook(&on_writable), to_(to) {}
  ~send_queue();

  bool empty() const noexcept { return held_.empty(); }
  std::size_t size() const noexcept { return held_.size(); }
  /// The error number a send in the background ended with, once; what was held is gone then.
  int take_error() noexcept { return std::exchange(error_, 0); }
  /// Room for `bytes` was checked: size() + bytes.size() <= held_max.
  void append(std::span<const std::byte> bytes, loop& here);
  /// Sends what the system takes now.
  void flush() noexcept;
  /// The same, and goes on by itself on `here` until all is sent.
  void flush_later(loop& here) noexcept;
  /// What is held, taken out.
  void give(receive_buffer& to) noexcept;
  /// The channel goes to `here`, which sends the rest and then closes it.
  static void leave_to(loop& here, std::unique_ptr<channel> c, receive_buffer& rest) noexcept;

  void (*on_empty)(send_queue&) noexcept = nullptr;  ///< also after an error; may destroy it

 private:
  static void after_task(afterwork& w) noexcept;
  static void on_writable(ready_hook& h) noexcept;
  void unlink() noexcept;

  channel& to_;
  receive_buffer held_;
  loop* loop_ = nullptr;
  loop_guest* guest_ = nullptr;  // what goes with the last byte, if this is a closed stream's
  int error_ = 0;
};

}  // namespace tutti::detail
