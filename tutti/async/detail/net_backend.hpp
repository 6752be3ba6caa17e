/// \file
/// The seam for a network that is not the machine's: what `listen` and `connect` ask in a
/// simulation.
#pragma once

#include <memory>
#include <string>

#include <tutti/async/detail/channel.hpp>
#include <tutti/async/detail/datagram_body.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>

namespace tutti::detail {

class net_backend {
 public:
  virtual ~net_backend() = default;
  /// At once; `at.host()` may be a name of the simulated network.
  virtual std::unique_ptr<listener_channel> listen(const net::endpoint& at, int backlog) = 0;
  /// Several addresses of one host are tried as in RFC 8305, `attempt_delay` apart.
  virtual task<std::unique_ptr<channel>> connect(std::string host, std::uint16_t port,
                                                 duration attempt_delay) = 0;
  virtual std::unique_ptr<datagram_channel> bind(const net::endpoint& at) = 0;
};

/// Null: the machine's network. Set by `testing::network` for the thread that runs the simulation.
inline thread_local constinit net_backend* current_network = nullptr;

/// Afterwards the network is the one before, whatever happened in the block.
class kept_network {
 public:
  kept_network() noexcept : network_(current_network) {}
  ~kept_network() { current_network = network_; }
  kept_network(const kept_network&) = delete;
  kept_network& operator=(const kept_network&) = delete;

 private:
  net_backend* network_;
};

}  // namespace tutti::detail
