/// \file
/// The seam for a network that is not the machine's: what `listen` and `connect` ask in a
/// simulation.
#pragma once

#include <memory>
#include <string>

#include <tutti/async/detail/channel.hpp>
#include <tutti/async/detail/datagram_body.hpp>
#include <tutti/core/task.hpp>

namespace tutti::detail {

class net_backend {
 public:
  virtual ~net_backend() = default;
  /// At once; `at.host()` may be a name of the simulated network.
  virtual std::unique_ptr<listener_channel> listen(const net::endpoint& at, int backlog) = 0;
  virtual task<std::unique_ptr<channel>> connect(std::string host, std::uint16_t port) = 0;
  virtual std::unique_ptr<datagram_channel> bind(const net::endpoint& at) = 0;
  /// Where a datagram goes; the host may be a name. Only this network reads what is in it.
  virtual socket_address address(const net::endpoint& to) = 0;
  virtual net::endpoint endpoint(const socket_address& from) = 0;
};

/// Null: the machine's network. Set by `testing::network` for the thread that runs the simulation.
inline thread_local constinit net_backend* current_network = nullptr;

}  // namespace tutti::detail
