#include <tutti/async/unix_stream.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

#include <tutti/async/backend/socket.hpp>
#include <tutti/async/detail/connector.hpp>
#include <tutti/async/detail/listener_body.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/sleep.hpp>

namespace tutti::net {

namespace {

/// A listener whose queue is full refuses with EAGAIN and nothing tells when there is room.
constexpr duration pause_first = std::chrono::microseconds(200);
constexpr duration pause_max = std::chrono::milliseconds(50);

task<unix_stream> connect_to(detail::socket_address to) {
  for (duration pause = pause_first;; pause = std::min(2 * pause, pause_max)) {
    try {
      std::unique_ptr<detail::channel> made = co_await detail::connect_one(to);
      co_return unix_stream(std::move(made));
    } catch (const std::system_error& e) {
      if (e.code().value() != detail::channel::would_wait) throw;
    }
    co_await sleep(pause);
  }
}

task<unix_stream> accept_unix(detail::listener_body& body) {
  std::unique_ptr<detail::channel> made = co_await body.accept();
  co_return unix_stream(std::move(made));
}

}  // namespace

unix_listener unix_stream::listen(std::string_view path, listen_options options) {
  return unix_listener(
      detail::listen_socket(detail::unix_address(path), {options.backlog, false, false}));
}
unix_listener unix_stream::listen(std::string_view path) { return listen(path, {}); }
TUTTI_CORO_WRAPPER task<unix_stream> unix_stream::connect(std::string path) {
  return connect_to(detail::unix_address(path));
}

unix_listener::unix_listener(std::unique_ptr<detail::listener_channel> below)
    : body_(std::make_unique<detail::listener_body>(std::move(below))) {}
unix_listener::unix_listener(unix_listener&& other) noexcept = default;
unix_listener& unix_listener::operator=(unix_listener&& other) noexcept = default;
unix_listener::~unix_listener() = default;
TUTTI_CORO_WRAPPER task<unix_stream> unix_listener::accept() {
  if (body_ == nullptr) throw closed("this listener was moved from");
  return accept_unix(*body_);
}
void unix_listener::close() noexcept {
  if (body_ != nullptr) body_->close();
}

}  // namespace tutti::net
