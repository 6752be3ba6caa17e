#include <tutti/async/tcp.hpp>

#include <exception>
#include <system_error>

#include <tutti/async/backend/socket.hpp>
#include <tutti/async/detail/connector.hpp>
#include <tutti/async/detail/listener_body.hpp>
#include <tutti/async/detail/net_backend.hpp>
#include <tutti/async/detail/stream_body.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/timeout.hpp>

namespace tutti::net {

namespace {
detail::channel& open_channel(detail::stream_body& body) {
  if (!body.is_open()) throw closed("this stream is closed");
  return body.below();
}
}  // namespace

endpoint tcp_stream::local_endpoint() const { return open_channel(body()).local(); }
endpoint tcp_stream::peer_endpoint() const { return open_channel(body()).peer(); }

tcp_listener::tcp_listener(std::unique_ptr<detail::listener_channel> below)
    : body_(std::make_unique<detail::listener_body>(std::move(below))) {}
tcp_listener::tcp_listener(tcp_listener&& other) noexcept = default;
tcp_listener& tcp_listener::operator=(tcp_listener&& other) noexcept = default;
tcp_listener::~tcp_listener() = default;

namespace {
task<tcp_stream> accept_tcp(detail::listener_body& body) {
  std::unique_ptr<detail::channel> made = co_await body.accept();
  co_return tcp_stream(std::move(made));
}
detail::listener_body& require(const std::unique_ptr<detail::listener_body>& body) {
  if (body == nullptr) throw closed("this listener was moved from");
  return *body;
}
}  // namespace

TUTTI_CORO_WRAPPER task<tcp_stream> tcp_listener::accept() { return accept_tcp(require(body_)); }
endpoint tcp_listener::local_endpoint() const { return require(body_).local(); }
void tcp_listener::close() noexcept {
  if (body_ != nullptr) body_->close();
}

tcp_listener listen(const endpoint& at, listen_options options) {
  if (detail::current_network != nullptr)
    return tcp_listener(detail::current_network->listen(at, options.backlog));
  return tcp_listener(
      detail::listen_socket(detail::numeric_address(at, "listen"),
                            {options.backlog, options.reuse_address, options.reuse_port}));
}

namespace {
task<tcp_stream> connect_named(std::string host, std::uint16_t port, duration attempt_delay) {
  if (detail::current_network != nullptr) {
    std::unique_ptr<detail::channel> made =
        co_await detail::current_network->connect(std::move(host), port, attempt_delay);
    co_return tcp_stream(std::move(made));
  }
  detail::socket_addresses found;
  detail::socket_address numeric;
  if (detail::parse_numeric({host, port}, numeric)) {
    found.push_back(numeric);
  } else {
    found = co_await detail::offload(&detail::resolve_blocking, host, port);
  }
  std::unique_ptr<detail::channel> made =
      co_await detail::connect_any(std::move(found), attempt_delay);
  co_return tcp_stream(std::move(made));
}
}  // namespace

TUTTI_CORO_WRAPPER task<tcp_stream> connect(std::string host, std::uint16_t port,
                                            connect_options options) {
  task<tcp_stream> all = connect_named(std::move(host), port, options.attempt_delay);
  if (options.timeout == duration::max()) return all;
  return timeout(options.timeout, std::move(all));
}

}  // namespace tutti::net
