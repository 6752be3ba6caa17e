/// \file
/// A TCP connection that blocks the calling thread: what a program without an event loop uses. For
/// tools that compare models; everything else uses `net`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <tutti/base/function.hpp>
#include <tutti/base/time.hpp>
#include <tutti/sys/descriptor.hpp>

namespace tutti::sys {

/// Threads:  one at a time.
/// Lifetime: closes in its destructor.
/// Wakes:    nobody.
/// Order:    the bytes of one connection stay in order.
/// Cancel:   `give_up` is asked about five times a second during every wait; once it says true the
/// call throws.
class blocking_socket {
 public:
  /// Connects within `limit`. Throws std::system_error, or `error` with a sentence when the name is
  /// not known, and `timeout_error`.
  static blocking_socket connect(const std::string& host, std::uint16_t port, duration limit,
                                 bool (*give_up)() noexcept = nullptr);

  /// Sends all of it.
  void write(std::string_view bytes);
  /// Waits for at least one byte; 0 at the end of the stream.
  std::size_t read_some(std::span<char> into);

 private:
  blocking_socket(descriptor fd, time_point deadline, bool (*give_up)() noexcept) noexcept
      : fd_(std::move(fd)), deadline_(deadline), give_up_(give_up) {}
  void check() const;

  descriptor fd_;
  time_point deadline_;  // of the whole conversation
  bool (*give_up_)() noexcept;
};

}  // namespace tutti::sys
