/// \file
/// A socket address without the system's headers.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace tutti::detail {

/// Room for any address the system has; what is in it only the backend knows.
struct socket_address {
  alignas(8) std::array<std::byte, 128> bytes{};
  unsigned size = 0;
  bool is_v6 = false;
};
using socket_addresses = std::vector<socket_address>;

}  // namespace tutti::detail
