/// \file
/// Bytes both ways, in order: what TCP, Unix and in-memory streams have in common.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tutti/base/error.hpp>
#include <tutti/core/task.hpp>

namespace tutti {
namespace detail {
class channel;
class stream_body;
}  // namespace detail

namespace net {

/// The other side ended the stream before what was asked for had come. What did come is still there
/// to be read.
class end_of_stream : public error {
 public:
  explicit end_of_stream(std::size_t received);
  end_of_stream(std::size_t received, std::size_t wanted);
  /// Bytes that had come.
  std::size_t received() const noexcept { return received_; }

 private:
  std::size_t received_;
};

/// A stream of bytes with a built-in receive buffer. Move-only; a moved-from or closed one throws
/// `closed`.
///
/// Buffers belong to the caller and must live until the operation that uses them has ended; so must
/// the stream. One task may read while another writes; two readers (or writers) at once are an
/// `error`.
///
/// Cancel: what a cancelled read had received is kept for the next read. A cancelled write may have
/// sent a part. Errors: `closed`; `std::system_error` with the system's own codes. Source:
/// `asyncio.StreamReader`/`StreamWriter`.
class byte_stream {
 public:
  explicit byte_stream(std::unique_ptr<detail::channel> below);
  byte_stream(byte_stream&& other) noexcept;
  byte_stream& operator=(byte_stream&& other) noexcept;
  ~byte_stream();

  /// Waits for at least one byte and gives how many came, at most `into.size()`; 0 at the end.
  task<std::size_t> read_some(std::span<std::byte> into);
  /// Fills `into`. Errors: `end_of_stream` if the stream ends before.
  task<void> read_exactly(std::span<std::byte> into);
  /// Everything up to and including `delimiter`. Errors: `error` if that is more than `limit`
  /// bytes, `end_of_stream` if the stream ends before; either way nothing is taken.
  task<std::string> read_until(std::string_view delimiter, std::size_t limit = line_max);
  /// The next line without its end ("\n" or "\r\n"); empty at the end of the stream. A last line
  /// without an end counts. Errors: `error` if it is longer than `limit` bytes; nothing is taken
  /// then.
  /// ```
  /// while (auto line = co_await s.read_line()) co_await s.write(*line + "\n");
  /// ```
  task<std::optional<std::string>> read_line(std::size_t limit = line_max);
  /// Everything up to the end. Errors: `error` if that is more than `limit` bytes.
  task<std::string> read_all(std::size_t limit = all_max);

  /// Sends all of it. Small writes of one turn go out together when the task suspends (at most
  /// 16 KiB are held back till then); otherwise it completes when the system has taken everything,
  /// which is the flow control: nothing piles up in memory. What the system refuses in the
  /// background is thrown by the next operation that writes.
  task<void> write(std::span<const std::byte> bytes);
  task<void> write(std::string_view text);
  /// Completes when the system has taken what was written.
  task<void> flush();
  /// The other side sees the end; reading goes on.
  task<void> shutdown_write();
  /// At once; tasks that wait in this stream get `closed`. Closing twice is fine.
  void close() noexcept;
  bool is_open() const noexcept;

  static constexpr std::size_t line_max = std::size_t{1} << 20;
  static constexpr std::size_t all_max = std::size_t{1} << 30;

 protected:
  /// Throws `closed` if this was moved from.
  detail::stream_body& body() const;

 private:
  std::unique_ptr<detail::stream_body> body_;
};

}  // namespace net
}  // namespace tutti
