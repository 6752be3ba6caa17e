/// \file
/// `pipe()` and `connection`: values between two processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <tutti/wire/archive.hpp>
#include <tutti/wire/crossing.hpp>

namespace tutti {

namespace detail {

/// Threads:  one sends, one receives at a time.
/// Lifetime: shared with the bytes of a call until the other process has opened its own.
/// Wakes:    sending wakes the receiver at the other end.
/// Order:    first in, first out.
/// Cancel:   cannot be.
class connection_body {
 public:
  static std::pair<std::shared_ptr<connection_body>, std::shared_ptr<connection_body>> make_pair();
  static std::shared_ptr<connection_body> decode(wire::byte_reader& in);
  static void encode(wire::byte_writer& out, const std::shared_ptr<connection_body>& body);
  connection_body() = default;
  connection_body(const connection_body&) = delete;
  connection_body& operator=(const connection_body&) = delete;
  ~connection_body();

  void send(std::span<const std::byte> message);
  std::vector<std::byte> receive();
  bool has_something() const noexcept;

 private:
  int reading_ = -1;
  int writing_ = -1;
};

}  // namespace detail

/// One end of a pipe(): values go both ways. Move-only; passed to a process by value,
/// `std::move(end)`.
///
/// Threads:  one sender and one receiver at a time.
/// Lifetime: when one end is gone everywhere, the other throws `closed`.
/// Wakes:    send() wakes the receiver at the other end.
/// Order:    first in, first out.
/// Cancel:   cannot be yet; poll() tells beforehand.
/// ```
/// auto [ours, theirs] = tutti::pipe();
/// tutti::process p{"peer", reply, std::move(theirs)};
/// ours.send(1);
/// int answer = ours.receive<int>();
/// ```
/// Source: `multiprocessing.Pipe`.
class connection {
 public:
  connection(connection&&) noexcept = default;
  connection& operator=(connection&&) noexcept = default;

  /// Returns when the value is in the pipe; waits while that is full. Throws `closed` when nobody
  /// can receive any more.
  template <class T>
  void send(const T& value) {
    wire::byte_writer counter;
    wire::encode(counter, value);
    std::vector<std::byte> bytes(counter.total());
    wire::byte_writer out{bytes};
    wire::encode(out, value);
    if (!out.take_kept().empty()) refuse_handles();
    body_->send(bytes);
  }
  /// Waits for the next value, which must have been sent as a `T`. Throws `closed` when nothing can
  /// come any more.
  template <class T>
  T receive() {
    return wire::from_bytes<T>(body_->receive());
  }
  /// Is there something to receive (or the end)?
  bool poll() const noexcept { return body_->has_something(); }

 private:
  friend std::pair<connection, connection> pipe();
  friend struct wire::crossing<connection>;
  explicit connection(std::shared_ptr<detail::connection_body> body) noexcept
      : body_(std::move(body)) {}
  [[noreturn]] static void refuse_handles();

  std::shared_ptr<detail::connection_body> body_;
};

/// Two ends that talk to each other. Throws std::system_error when there are no more descriptors.
std::pair<connection, connection> pipe();

template <>
struct wire::crossing<connection> {
  static void encode(byte_writer& out, const connection& c) {
    tutti::detail::connection_body::encode(out, c.body_);
  }
  static connection decode(byte_reader& in) {
    return connection(tutti::detail::connection_body::decode(in));
  }
};

}  // namespace tutti
