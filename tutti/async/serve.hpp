/// \file
/// One task a connection.
#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#include <tutti/async/detail/slots.hpp>
#include <tutti/async/tcp.hpp>
#include <tutti/core/task_group.hpp>

namespace tutti {
namespace net {

/// Options of `serve`.
struct serve_options {
  std::size_t max_connections =
      100'000;  ///< beyond that the next is accepted only when one has ended
};

}  // namespace net

namespace detail {

/// Tells the unobserved-error handler what a connection's handler threw, under the other side's
/// name.
void report_connection(const std::string& peer, const std::exception_ptr& error) noexcept;

template <class Stream>
std::string peer_name(const Stream& s) {
  if constexpr (requires { s.peer_endpoint(); }) {
    return "connection of " + s.peer_endpoint().text();
  } else {
    return "connection";
  }
}

/// What the connections of one server share; in the server's frame, which outlives them.
template <class Listener, class Handler>
struct server {
  using stream = typename decltype(std::declval<Listener&>().accept())::value_type;

  static task<void> run(Listener listener, Handler handler, net::serve_options options) {
    server self(std::move(listener), std::move(handler), options.max_connections);
    co_await with_task_group(&accept_all, &self);
    if (self.failure) std::rethrow_exception(self.failure);
  }

  server(Listener l, Handler h, std::size_t connections_max)
      : listener(std::move(l)), handler(std::move(h)), free_slots(connections_max) {}

  static task<void> accept_all(task_group& group, server* self) {
    try {
      for (;;) {
        slots::holder slot = co_await self->free_slots.take();
        stream s = co_await self->listener.accept();
        group.spawn(serve_one(self, std::move(slot), std::move(s)));
      }
    } catch (const std::exception&) {
      self->failure = std::current_exception();
    }
    group.cancel();
  }

  static task<void> serve_one(server* self, [[maybe_unused]] slots::holder slot, stream s) {
    std::exception_ptr error;
    const std::string name = peer_name(s);
    try {
      co_await self->handler(std::move(s));
    } catch (const cancelled&) {
      throw;
    } catch (...) {
      error = std::current_exception();
    }
    if (error) report_connection(name, error);
  }

  Listener listener;
  Handler handler;
  slots free_slots;
  std::exception_ptr failure;
};

}  // namespace detail

namespace net {

/// Accepts until it is cancelled and runs `handler(stream)`, a coroutine that owns the stream, as
/// one task a connection.
///
/// The listener and the handler belong to the server. A handler that throws ends only its own
/// connection; the error goes to the unobserved-error handler. Completes: never by itself. Errors:
/// what `accept` throws; then all connections are cancelled first. Cancel:  accepts no more,
/// cancels the connections' tasks and waits for them.
/// ```
/// tutti::task<> echo(tutti::net::tcp_stream s) {
///   while (auto line = co_await s.read_line()) co_await s.write(*line + "\n");
/// }
/// co_await tutti::net::serve(tutti::net::listen({"127.0.0.1", 8080}), echo, {.max_connections =
/// 1000});
/// ```
/// Source: `asyncio.start_server`, trio's `serve_listeners`.
template <class Listener, class Handler>
TUTTI_CORO_WRAPPER task<void> serve(Listener listener, Handler&& handler,
                                    serve_options options = {}) {
  TUTTI_REFUSE_CLOSURE(Handler);
  return detail::server<Listener, std::decay_t<Handler>>::run(
      std::move(listener), std::forward<Handler>(handler), options);
}

}  // namespace net
}  // namespace tutti
