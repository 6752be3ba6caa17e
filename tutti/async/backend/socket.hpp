/// \file
/// Sockets as the streams, listeners and resolvers above see them: addresses, channels, no system
/// headers.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <tutti/async/detail/channel.hpp>
#include <tutti/async/detail/datagram_body.hpp>
#include <tutti/async/detail/socket_address.hpp>
#include <tutti/sys/descriptor.hpp>

namespace tutti::detail {

/// A numeric address and a port; throws `error` with `operation` when it is a name.
socket_address numeric_address(const net::endpoint& e, std::string_view operation);
/// The same as an answer: false if it is a name.
bool parse_numeric(const net::endpoint& e, socket_address& out);
/// For people.
std::string address_text(const socket_address& a);
/// A path; throws `error` when it is too long for a socket.
socket_address unix_address(std::string_view path);
/// Asks the system's resolver, which may block for seconds. Throws `error` with the name when it
/// has no answer.
socket_addresses resolve_blocking(const std::string& host, std::uint16_t port);
/// What the resolver says: no such name; perhaps later.
inline constexpr int no_such_name = -2;
inline constexpr int lookup_again = -3;
[[noreturn]] void fail_lookup(const std::string& host, int number);

struct stream_options {
  bool no_delay = true;  ///< TCP only
};

/// A non-blocking stream socket that is connecting to `to`: its channel becomes writable when it is
/// decided, then finish_connect() gives the error number or 0. Throws std::system_error.
class connecting_socket {
 public:
  connecting_socket(const socket_address& to, stream_options options);
  bool is_connected() const noexcept { return connected_; }
  int finish() noexcept;
  readiness& ready() noexcept { return descriptor_->ready(); }
  /// Once connected.
  std::unique_ptr<channel> take() noexcept;

 private:
  class socket_channel* raw_ = nullptr;
  std::unique_ptr<channel> descriptor_;
  bool connected_ = false;
};

struct listen_flags {
  int backlog;
  bool reuse_address;
  bool reuse_port;
};
std::unique_ptr<listener_channel> listen_socket(const socket_address& at, listen_flags flags);

std::unique_ptr<datagram_channel> datagram_socket(const socket_address& at);

}  // namespace tutti::detail
