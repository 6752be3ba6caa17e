/// \file
/// Where a socket is: a host and a port.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace tutti::net {

/// A host (a numeric address, or a name where names are looked up) and a port. What sockets report
/// is always numeric.
class endpoint {
 public:
  endpoint() = default;
  endpoint(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

  const std::string& host() const noexcept { return host_; }
  std::uint16_t port() const noexcept { return port_; }
  /// "127.0.0.1:80", "[::1]:80".
  std::string text() const {
    const bool is_v6 = host_.find(':') != std::string::npos;
    return (is_v6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
  }
  bool operator==(const endpoint&) const = default;

 private:
  std::string host_;
  std::uint16_t port_ = 0;
};

}  // namespace tutti::net
