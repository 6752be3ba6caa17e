/// \file
/// A network that exists only in a test, with the weather you want.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tutti/base/time.hpp>
#include <tutti/core/context.hpp>
#include <tutti/core/spawned.hpp>

namespace tutti {
namespace detail {
class simulated_network;
context_var<std::string>& host_of_task();

template <class T>
task<T> on_host(std::string host, task<T> work) {
  const auto here = host_of_task().set(std::move(host));
  co_return co_await std::move(work);
}
}  // namespace detail

namespace testing {

/// How the jitter of a link is spread over its packets.
enum class spread {
  even,         ///< anything from 0 to the jitter, equally likely
  exponential,  ///< the jitter on average: often less, at times several times as much
  heavy_tail    ///< mostly little, now and then a hundred times the jitter: a stall
};

/// How bytes travel from one host to another.
struct link_options {
  duration delay{};    ///< every byte takes at least this
  double loss = 0;     ///< how likely a packet is lost: on a stream it comes later, sent again
  double reorder = 0;  ///< how likely a packet is overtaken: on a stream those behind it wait
  duration jitter{};   ///< each packet takes up to this much longer; see jitter_spread
  std::size_t bandwidth = 0;     ///< bytes a second, for all connections together; 0: no limit
  bool short_transfers = false;  ///< a read or write moves any number of bytes from one on
  double duplicate = 0;          ///< how likely a datagram comes twice
  spread jitter_spread = spread::even;
  std::size_t buffer =
      0;  ///< bytes of a stream under way or unread before writing waits; 0: 64 KiB
          ///< and what the link itself holds
};

/// What a name resolves to.
struct name_options {
  std::vector<std::string> hosts;  ///< tried in this order; none: there is no such name
  duration delay{};                ///< how long the answer takes
  double failure = 0;              ///< how likely there is none this time
};

/// While it lives, `net::listen`, `net::connect` and `udp_socket::bind` on this thread use a
/// network in memory. Hosts are names; they need not be declared. `on` says on which host a task
/// runs ("localhost" without it), and its name serves as address: `net::listen({"server", 80})`,
/// `net::connect("server", 80)`. "0.0.0.0", "::", "127.0.0.1", "::1" and "localhost" mean the
/// task's own host. Hosts without a link between them reach each other at once. Meant for
/// simulations, where the delays are virtual and each host may have threads and loops of its own;
/// outside of them use it on one loop.
///
/// To connect takes one way there and one back. It fails with ECONNREFUSED where nobody listens,
/// with ETIMEDOUT when no answer came for 127 s, as on Linux. Several hosts of a name are tried as
/// by the real `net::connect`. A connection that lives waits as long as it must.
///
/// Threads:  one.
/// Lifetime: outlives what uses it; a task that is still connecting gets an `error`.
/// Wakes:    through the streams.
/// Order:    a stream's bytes keep their order, whatever the link does; datagrams do not.
/// Cancel:   through the streams.
/// ```
/// testing::network net;
/// net.set_link("client", "server", {.delay = 10ms, .loss = 0.1});
/// co_await tutti::gather(net.on("server", serve()), net.on("client", ask()));
/// ```
/// Errors: a second one on the same thread is an `error`; a probability that is none, or a negative
/// duration, `std::invalid_argument`. Source: turmoil, FoundationDB's simulation.
class network {
 public:
  network();
  ~network();
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  /// Both directions between two hosts; holds for what is sent from now on.
  void set_link(std::string_view a, std::string_view b, link_options how);
  /// The same for what goes from one to the other only.
  void set_one_way(std::string_view from, std::string_view to, link_options how);
  /// Nothing passes between two hosts until heal(): connections wait, they do not break. What was
  /// under way has not arrived; datagrams are lost.
  void partition(std::string_view a, std::string_view b);
  /// The same for what goes from one to the other: that one hears, and is not heard.
  void partition_one_way(std::string_view from, std::string_view to);
  /// Breaks every connection between two hosts: both ends get ECONNRESET, what was under way is
  /// lost. New connections work.
  void reset(std::string_view a, std::string_view b);
  /// Ends all partitions, or those between two hosts; what was held back is sent again.
  void heal();
  void heal(std::string_view a, std::string_view b);
  /// From now on `net::connect(name, …)` asks for the name first, and again each time.
  void set_name(std::string_view name, name_options how);
  /// Holds up a random half of the links that were used or set (a link is one way), one after the
  /// other within that time, and lets them go in another order within the same time again. Done
  /// when all are free.
  task<void> swizzle(duration within);

  /// Runs `a` on that host; so do the tasks it starts.
  template <awaitable A>
  TUTTI_CORO_WRAPPER task<await_result_t<A>> on(std::string_view host, A&& a) {
    return detail::on_host<await_result_t<A>>(std::string(host),
                                              detail::as_task(std::forward<A>(a)));
  }

 private:
  std::shared_ptr<detail::simulated_network> body_;
};

}  // namespace testing
}  // namespace tutti
