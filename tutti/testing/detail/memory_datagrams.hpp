/// \file
/// Datagram sockets of a simulated network.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tutti/async/detail/datagram_body.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/timer.hpp>

namespace tutti::detail {

class wire_link;

/// What is under way to one socket, by when it arrives.
///
/// Threads:  the simulation's one.
/// Lifetime: its socket's.
/// Wakes:    its receiver when the first datagram arrives.
/// Order:    by arrival, which is not the order of sending.
/// Cancel:   through the socket.
class mailbox final : public readiness, public timer {
 public:
  static constexpr std::size_t held_max = 256;  ///< more are lost, as with a real socket's buffer
  struct packet {
    std::string bytes;
    socket_address from;
    const wire_link* over;
  };
  explicit mailbox(net::endpoint at) noexcept;
  void deliver(time_point arrival, packet p);
  /// Null: nothing has arrived.
  packet* arrived();
  void drop_first() { packets_.erase(packets_.begin()); }
  /// What is still under way over that link will not arrive.
  void lose_from(const wire_link& l) noexcept;
  void close() noexcept;
  void prepare_wait(scheduler& on) override;
  const net::endpoint& at() const noexcept { return at_; }
  bool is_open() const noexcept { return open_; }

 private:
  void look() noexcept;
  net::endpoint at_;
  std::multimap<time_point, packet> packets_;
  scheduler* where_ = nullptr;
  bool open_ = true;
};

/// The endpoints of a simulated network; a socket address is a number in it.
class address_book {
 public:
  socket_address address_of(const net::endpoint& e);
  net::endpoint endpoint_of(const socket_address& a) const;

 private:
  std::vector<net::endpoint> all_;
};

/// Sends what `route` decides about.
///
/// Threads:  the simulation's one.
/// Lifetime: outlives its operations.
/// Wakes:    through its mailbox.
/// Order:    the mailbox's.
/// Cancel:   only the wait between two calls.
class memory_datagrams final : public datagram_channel {
 public:
  /// Gives an error number or 0.
  using route =
      std::function<int(const mailbox& from, const socket_address& to, std::string bytes)>;
  memory_datagrams(std::shared_ptr<mailbox> own, std::shared_ptr<address_book> book, route r)
      : own_(std::move(own)), book_(std::move(book)), route_(std::move(r)) {}
  ~memory_datagrams() override { close(); }
  channel::result receive(std::span<std::byte> into, socket_address& from) noexcept override;
  channel::result send(std::span<const std::byte> from, const socket_address& to) noexcept override;
  void close() noexcept override { own_->close(); }
  readiness& ready() noexcept override { return *own_; }
  net::endpoint local() const override { return own_->at(); }
  socket_address address_of(const net::endpoint& to) override { return book_->address_of(to); }
  net::endpoint endpoint_of(const socket_address& from) const override {
    return book_->endpoint_of(from);
  }

 private:
  std::shared_ptr<mailbox> own_;
  std::shared_ptr<address_book> book_;
  route route_;
};

}  // namespace tutti::detail
