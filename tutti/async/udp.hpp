/// \file
/// UDP: datagrams, each on its own.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <tutti/async/endpoint.hpp>
#include <tutti/core/task.hpp>

namespace tutti {
namespace detail {
class datagram_body;
class datagram_channel;
}  // namespace detail

namespace net {

/// A socket for datagrams. Move-only; a moved-from or closed one throws `closed`.
///
/// Several tasks may send and receive. Destroy it only when none does.
/// Cancel: a datagram is either given or stays in the system's queue; a cancelled send sent
/// nothing.
class udp_socket {
 public:
  /// What `receive_from` gives: `auto [n, from] = co_await s.receive_from(buffer);`
  struct received {
    std::size_t size;  ///< bytes of the datagram that fitted
    endpoint from;
  };

  /// At once; a numeric address; port 0 lets the system choose. Errors: `std::system_error`,
  /// `error` when it is a name.
  static udp_socket bind(const endpoint& at);
  explicit udp_socket(std::unique_ptr<detail::datagram_channel> below);
  udp_socket(udp_socket&& other) noexcept;
  udp_socket& operator=(udp_socket&& other) noexcept;
  ~udp_socket();

  /// One datagram to a numeric address. The buffer belongs to the caller until then.
  task<void> send_to(std::span<const std::byte> bytes, endpoint to);
  task<void> send_to(std::string_view text, endpoint to);
  /// Waits for one datagram; what does not fit into `into` is dropped.
  task<received> receive_from(std::span<std::byte> into);
  endpoint local_endpoint() const;
  /// Tasks that wait get `closed`.
  void close() noexcept;

 private:
  std::unique_ptr<detail::datagram_body> body_;
};

}  // namespace net
}  // namespace tutti
