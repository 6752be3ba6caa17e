/// \file
/// TCP: listening, accepting, connecting, serving.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <tutti/async/byte_stream.hpp>
#include <tutti/async/endpoint.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>

namespace tutti {
namespace detail {
class listener_body;
class listener_channel;
}  // namespace detail

namespace net {

/// A TCP connection. Small writes go out at once (TCP_NODELAY). See byte_stream for everything it
/// can do.
class tcp_stream : public byte_stream {
 public:
  using byte_stream::byte_stream;
  /// Numeric; empty host where the other side is gone. Errors: `closed`.
  endpoint local_endpoint() const;
  endpoint peer_endpoint() const;
};

/// Options of `listen`.
struct listen_options {
  int backlog = 1024;         ///< connections the system keeps until they are accepted
  bool reuse_address = true;  ///< a restarted server need not wait for old connections to time out
  bool reuse_port = false;    ///< several processes share the port
};

/// Takes TCP connections. Move-only.
///
/// Several tasks may accept. Destroy it only when none does.
class tcp_listener {
 public:
  explicit tcp_listener(std::unique_ptr<detail::listener_channel> below);
  tcp_listener(tcp_listener&& other) noexcept;
  tcp_listener& operator=(tcp_listener&& other) noexcept;
  ~tcp_listener();

  /// Waits for the next connection. When this process may open no more descriptors it waits until
  /// it may, without spinning. Errors: `closed`. Cancel: no connection is lost; it stays in the
  /// system's queue.
  task<tcp_stream> accept();
  /// Where it listens: the port the system chose if 0 was asked for.
  endpoint local_endpoint() const;
  /// Tasks that wait in accept get `closed`.
  void close() noexcept;

 private:
  std::unique_ptr<detail::listener_body> body_;
};

/// Listens at once, needs no loop yet: `listen({"127.0.0.1", 0})`. The host is a numeric address;
/// port 0 lets the system choose. Errors: `std::system_error` (address in use, …), `error` when the
/// host is a name. Source: `asyncio.start_server`.
tcp_listener listen(const endpoint& at, listen_options options = {});

/// Options of `connect`.
struct connect_options {
  duration timeout = duration::max();  ///< for everything: look-up and all attempts
  duration attempt_delay =
      std::chrono::milliseconds(250);  ///< before the next address is tried beside the last
};

/// Looks the name up without blocking the loop and tries its addresses, the families in turns, the
/// next one after `attempt_delay` or as soon as one fails; the first that answers wins.
///
/// Errors: `std::system_error` of the first address that failed, `error` when there is no such
/// host, `timeout_error`. Cancel: closes what was begun; a look-up under way ends by itself.
/// Source: RFC 8305, `asyncio.open_connection`.
task<tcp_stream> connect(std::string host, std::uint16_t port, connect_options options = {});

}  // namespace net
}  // namespace tutti
