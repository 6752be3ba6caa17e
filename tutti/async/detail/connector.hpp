/// \file
/// Trying the addresses of a host until one answers.
#pragma once

#include <memory>

#include <tutti/async/detail/channel.hpp>
#include <tutti/async/detail/offload.hpp>
#include <tutti/async/detail/socket_address.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>

namespace tutti::detail {

/// One attempt. Throws std::system_error.
task<std::unique_ptr<channel>> connect_one(socket_address to);

/// Who can try the addresses of a host, by their numbers. Outlives the attempts.
class dialer {
 public:
  /// One attempt; throws what it failed with.
  virtual task<std::unique_ptr<channel>> dial(std::size_t which) = 0;

 protected:
  ~dialer() = default;
};

/// Attempts at `count` addresses in their order, a new one `delay` after the last or as soon as one
/// has failed. The first connection wins, the others are given up; if there is none, the first
/// error is thrown. Source: RFC 8305.
task<std::unique_ptr<channel>> connect_first(dialer& with, std::size_t count, duration delay);

/// The same for the machine's addresses, the families in turns.
task<std::unique_ptr<channel>> connect_any(socket_addresses found, duration delay);

/// The families in turns, each in its own order, beginning with the family of the first.
socket_addresses in_turns(const socket_addresses& found);

}  // namespace tutti::detail
