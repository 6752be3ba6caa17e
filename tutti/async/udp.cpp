#include <tutti/async/udp.hpp>

#include <utility>

#include <tutti/async/backend/socket.hpp>
#include <tutti/async/detail/datagram_body.hpp>
#include <tutti/async/detail/net_backend.hpp>
#include <tutti/base/error.hpp>

namespace tutti::net {

namespace {
detail::datagram_body& require(const std::unique_ptr<detail::datagram_body>& body) {
  if (body == nullptr) throw closed("this socket was moved from");
  return *body;
}

task<udp_socket::received> receive(detail::datagram_body& body, std::span<std::byte> into) {
  detail::socket_address from;
  const std::size_t n = co_await body.receive(into, &from);
  co_return udp_socket::received{n, body.below().endpoint_of(from)};
}
}  // namespace

udp_socket udp_socket::bind(const endpoint& at) {
  if (detail::current_network != nullptr) return udp_socket(detail::current_network->bind(at));
  return udp_socket(detail::datagram_socket(detail::numeric_address(at, "bind")));
}

udp_socket::udp_socket(std::unique_ptr<detail::datagram_channel> below)
    : body_(std::make_unique<detail::datagram_body>(std::move(below))) {}
udp_socket::udp_socket(udp_socket&& other) noexcept = default;
udp_socket& udp_socket::operator=(udp_socket&& other) noexcept = default;
udp_socket::~udp_socket() = default;

TUTTI_CORO_WRAPPER task<void> udp_socket::send_to(std::span<const std::byte> bytes, endpoint to) {
  detail::datagram_body& body = require(body_);
  return body.send(bytes, body.below().address_of(to));
}
TUTTI_CORO_WRAPPER task<void> udp_socket::send_to(std::string_view text, endpoint to) {
  return send_to(std::as_bytes(std::span(text)), std::move(to));
}
TUTTI_CORO_WRAPPER task<udp_socket::received> udp_socket::receive_from(std::span<std::byte> into) {
  return receive(require(body_), into);
}
endpoint udp_socket::local_endpoint() const { return require(body_).local(); }
void udp_socket::close() noexcept {
  if (body_ != nullptr) body_->close();
}

}  // namespace tutti::net
