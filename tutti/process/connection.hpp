/// \file
/// `pipe()` and `connection`: values between two processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <tutti/async/detail/io_engine.hpp>
#include <tutti/core/task.hpp>
#include <tutti/wire/archive.hpp>
#include <tutti/wire/crossing.hpp>

namespace tutti {

namespace detail {

/// Threads:  one sends, one receives at a time.
/// Lifetime: shared with the bytes of a call until the other process has opened its own.
/// Wakes:    sending wakes the receiver at the other end.
/// Order:    first in, first out.
/// Cancel:   what was begun is finished by the next operation of that kind: messages stay whole.
class connection_body {
 public:
  static std::pair<std::shared_ptr<connection_body>, std::shared_ptr<connection_body>> make_pair();
  static std::shared_ptr<connection_body> decode(wire::byte_reader& in);
  static void encode(wire::byte_writer& out, const std::shared_ptr<connection_body>& body);
  connection_body(int reading, int writing) noexcept : reading_(reading), writing_(writing) {}
  connection_body(const connection_body&) = delete;
  connection_body& operator=(const connection_body&) = delete;

  void send(std::span<const std::byte> message);
  std::vector<std::byte> receive();
  static task<void> async_send(std::shared_ptr<connection_body> body,
                               std::vector<std::byte> message);
  static task<std::vector<std::byte>> async_receive(std::shared_ptr<connection_body> body);
  bool has_something() const noexcept;

 private:
  /// Writes what is due as far as the pipe takes it; true when all is out.
  bool write_due();
  /// Reads what is there; true when a whole message is.
  bool read_more();
  std::vector<std::byte> take_message();

  io_descriptor reading_;
  io_descriptor writing_;
  std::vector<std::byte> due_;      // owner: the sender; begun and not in the pipe yet
  std::size_t written_ = 0;         // owner: the sender
  std::vector<std::byte> arrived_;  // owner: the receiver; of the message that is coming
  std::size_t wanted_ = 0;          // owner: the receiver; its length, once known, with the head
};

}  // namespace detail

/// One end of a pipe(): values go both ways. Move-only; passed to a process by value,
/// `std::move(end)`.
///
/// Threads:  one sender and one receiver at a time.
/// Lifetime: when one end is gone everywhere, the other throws `closed`.
/// Wakes:    send() wakes the receiver at the other end.
/// Order:    first in, first out.
/// Cancel:   messages stay whole; poll() tells beforehand.
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
    body_->send(encoded(value));
  }
  /// Waits for the next value, which must have been sent as a `T`. Throws `closed` when nothing can
  /// come any more.
  template <class T>
  T receive() {
    return wire::from_bytes<T>(body_->receive());
  }
  /// The same, awaited. A cancelled async_receive() loses nothing: the next one goes on where it
  /// was. A cancelled async_send() has sent nothing, or the next send finishes it first.
  template <class T>
  TUTTI_CORO_WRAPPER task<void> async_send(const T& value) {
    return detail::connection_body::async_send(body_, encoded(value));
  }
  template <class T>
  TUTTI_CORO_WRAPPER task<T> async_receive() {
    return await_value<T>(body_);
  }
  /// Is there something to receive (or the end)?
  bool poll() const noexcept { return body_->has_something(); }

 private:
  friend std::pair<connection, connection> pipe();
  friend struct wire::crossing<connection>;
  explicit connection(std::shared_ptr<detail::connection_body> body) noexcept
      : body_(std::move(body)) {}
  [[noreturn]] static void refuse_handles();
  template <class T>
  static std::vector<std::byte> encoded(const T& value) {
    wire::byte_writer counter;
    wire::encode(counter, value);
    std::vector<std::byte> bytes(counter.total());
    wire::byte_writer out{bytes};
    wire::encode(out, value);
    if (!out.take_kept().empty()) refuse_handles();
    return bytes;
  }
  template <class T>
  static task<T> await_value(std::shared_ptr<detail::connection_body> body) {
    const std::vector<std::byte> message =
        co_await detail::connection_body::async_receive(std::move(body));
    co_return wire::from_bytes<T>(message);
  }

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
