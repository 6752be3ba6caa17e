/// \file
/// What is below a stream: something that moves bytes without waiting, and says when to try again.
#pragma once

#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>

#include <tutti/async/detail/io_engine.hpp>
#include <tutti/async/endpoint.hpp>

namespace tutti::detail {

/// A socket, one end of a pair in memory, an end of a simulated link. Calls never wait:
/// `would_wait` means that `ready().until(...)` says when to try again (the call has cleared the
/// readiness itself).
///
/// Threads:  one loop at a time.
/// Lifetime: outlives its waiters.
/// Wakes:    through its readiness.
/// Order:    bytes keep their order.
/// Cancel:   only the wait between two calls.
class channel {
 public:
  static constexpr int would_wait = EAGAIN;
  struct result {
    std::size_t count = 0;
    int error = 0;  ///< an error number, `would_wait`, or 0
  };

  virtual ~channel() = default;
  /// At least one byte, or count 0 and no error at the end. `into` is not empty.
  virtual result read(std::span<std::byte> into) noexcept = 0;
  virtual result write(std::span<const std::byte> from) noexcept = 0;
  /// The other side will see the end. Gives an error number or 0.
  virtual int shutdown_write() noexcept = 0;
  /// Afterwards nothing but the destructor is called; waiters are woken.
  virtual void close() noexcept = 0;
  virtual readiness& ready() noexcept = 0;
  virtual net::endpoint local() const { return {}; }
  virtual net::endpoint peer() const { return {}; }
};

/// What is below a listener.
///
/// Threads:  one loop at a time.
/// Lifetime: outlives its waiters.
/// Wakes:    through its readiness.
/// Order:    connections in the order of their arrival.
/// Cancel:   only the wait between two calls: no connection is lost.
class listener_channel {
 public:
  struct result {
    std::unique_ptr<channel> connection;
    int error = 0;  ///< as channel::result
  };
  virtual ~listener_channel() = default;
  virtual result accept() = 0;
  virtual void close() noexcept = 0;
  virtual readiness& ready() noexcept = 0;
  virtual net::endpoint local() const = 0;
};

}  // namespace tutti::detail
