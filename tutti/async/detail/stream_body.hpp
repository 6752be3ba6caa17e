/// \file
/// What every stream has below its handle: a channel, the bytes that arrived early, who reads and
/// who writes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tutti/async/detail/channel.hpp>
#include <tutti/async/detail/receive_buffer.hpp>
#include <tutti/async/detail/send_queue.hpp>
#include <tutti/core/task.hpp>

namespace tutti::detail {

/// Threads:  one loop at a time; one reader and one writer at a time, which may be two tasks.
/// Lifetime: outlives its operations.
/// Wakes:    through the channel.
/// Order:    bytes keep their order.
/// Cancel:   what a cancelled read had received is there for the next one; a cancelled write may
/// have sent a part.
class stream_body {
 public:
  explicit stream_body(std::unique_ptr<channel> c) noexcept
      : channel_(std::move(c)), sending_(std::in_place, *channel_) {}
  stream_body(const stream_body&) = delete;
  stream_body& operator=(const stream_body&) = delete;
  ~stream_body();

  task<std::size_t> read_some(std::span<std::byte> into);
  task<void> read_exactly(std::span<std::byte> into);
  task<std::string> read_until(std::string_view delimiter, std::size_t limit);
  task<std::optional<std::string>> read_line(std::size_t limit);
  task<std::string> read_all(std::size_t limit);
  task<void> write(std::span<const std::byte> from);
  task<void> flush();
  task<void> shutdown_write();
  void close() noexcept;
  bool is_open() const noexcept { return open_; }
  channel& below() noexcept { return *channel_; }

 private:
  class turn;
  void require_open() const;
  task<std::size_t> receive(std::span<std::byte> into);
  task<std::size_t> receive_more(std::size_t wanted);
  task<void> send(std::span<const std::byte> from);
  task<void> send_held();
  void send_before_reading() noexcept;
  void report_failed_send();
  bool goes_on_at_once() noexcept;

  std::unique_ptr<channel> channel_;
  receive_buffer arrived_;
  std::optional<send_queue> sending_;  // gone once closed
  unsigned in_a_row_ = 0;              // calls since this stream last let others run
  unsigned held_in_a_row_ = 0;
  bool open_ = true;
  bool is_reading_ = false;
  bool is_writing_ = false;
  const scheduler* used_on_ = nullptr;  // where whoever reads or writes does so
};

}  // namespace tutti::detail
