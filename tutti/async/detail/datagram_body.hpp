/// \file
/// What a datagram socket has below its handle.
#pragma once

#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>

#include <tutti/async/detail/channel.hpp>
#include <tutti/async/detail/socket_address.hpp>
#include <tutti/core/task.hpp>

namespace tutti::detail {

/// Moves datagrams without waiting.
///
/// Threads:  one loop at a time.
/// Lifetime: outlives its waiters.
/// Wakes:    through its readiness.
/// Order:    the system's.
/// Cancel:   only the wait between two calls.
class datagram_channel {
 public:
  virtual ~datagram_channel() = default;
  virtual channel::result receive(std::span<std::byte> into, socket_address& from) noexcept = 0;
  virtual channel::result send(std::span<const std::byte> from,
                               const socket_address& to) noexcept = 0;
  virtual void close() noexcept = 0;
  virtual readiness& ready() noexcept = 0;
  virtual net::endpoint local() const = 0;
  /// What send() takes and receive() gives, as users know it. Throws for what it cannot reach.
  virtual socket_address address_of(const net::endpoint& to) = 0;
  virtual net::endpoint endpoint_of(const socket_address& from) const = 0;
};

/// Threads:  one loop at a time; several tasks.
/// Lifetime: outlives its operations.
/// Wakes:    through the channel.
/// Order:    datagrams go to receivers in the order in which these came.
/// Cancel:   see udp_socket.
class datagram_body {
 public:
  explicit datagram_body(std::unique_ptr<datagram_channel> c) noexcept : channel_(std::move(c)) {}
  datagram_body(const datagram_body&) = delete;
  datagram_body& operator=(const datagram_body&) = delete;
  ~datagram_body();

  task<void> send(std::span<const std::byte> bytes, socket_address to);
  task<std::size_t> receive(std::span<std::byte> into, socket_address* from);
  void close() noexcept;
  net::endpoint local() const;
  datagram_channel& below() noexcept { return *channel_; }

 private:
  void require_open() const;
  std::unique_ptr<datagram_channel> channel_;
  unsigned in_use_ = 0;
  unsigned in_a_row_ = 0;
  bool open_ = true;
};

}  // namespace tutti::detail
