/// \file
/// What `testing::fault` makes of a system call, the machine's or a simulated one.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string_view>

#include <tutti/sys/world.hpp>

namespace tutti::detail {

/// The error number that the call `site` shall pretend to have failed with, or 0. A call that was
/// interrupted is made again, and so is one that would have to wait although the socket was ready;
/// to connect a Unix socket can really be refused so.
inline int call_fault(std::string_view site) noexcept {
  constexpr unsigned in_a_row_max = 16;  // who lets it happen always shall not hang
  for (unsigned n = 0; n < in_a_row_max; ++n) {
    const int number = sys::injected_fault(site);
    if (number != EINTR && (number != EAGAIN || site == "net.connect")) return number;
  }
  return 0;
}

/// How many of `size` bytes the call `site` moves at most: here the "error number" is a count.
inline std::size_t call_share(std::string_view site, std::size_t size) noexcept {
  const int count = sys::injected_fault(site);
  return count > 0 ? std::min(size, static_cast<std::size_t>(count)) : size;
}

/// Makes the call, or gives -1 with the errno of an injected fault.
template <class Call>
auto call_at(std::string_view site, Call call) noexcept -> decltype(call()) {
  if (const int number = sys::injected_fault(site); number != 0) {
    errno = number;
    return -1;
  }
  return call();
}

}  // namespace tutti::detail
