/// \file
/// One end of a pipe as what is below a stream.
#pragma once

#include <tutti/async/detail/channel.hpp>
#include <tutti/async/detail/io_engine.hpp>
#include <tutti/sys/descriptor.hpp>

namespace tutti::detail {

/// Reads or writes, not both. The descriptor must not wait (O_NONBLOCK). Writing to a pipe that
/// nobody reads is EPIPE, never a signal.
///
/// Threads:  one loop at a time.
/// Lifetime: outlives its waiters.
/// Wakes:    through its readiness.
/// Order:    bytes keep their order.
/// Cancel:   only the wait between two calls.
class pipe_channel final : public channel {
 public:
  pipe_channel(sys::descriptor fd, direction d) noexcept : fd_(fd.release()), direction_(d) {}

  result read(std::span<std::byte> into) noexcept override;
  result write(std::span<const std::byte> from) noexcept override;
  /// Closes it: a pipe has only one direction.
  int shutdown_write() noexcept override;
  void close() noexcept override { fd_.close(); }
  readiness& ready() noexcept override { return fd_; }

 private:
  io_descriptor fd_;
  direction direction_;
};

}  // namespace tutti::detail
