/// \file
/// Which driver a loop gets.
#pragma once

#include <memory>

#include <tutti/core/driver.hpp>

namespace tutti {

// g++ takes a scoped enumerator for something that can shadow `tutti::automatic`; it cannot.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
/// What a loop asks the kernel with. `automatic`: io_uring where it is allowed, else epoll; the
/// environment variable TUTTI_IO=epoll|io_uring forces one.
enum class io_backend : unsigned char { automatic, io_uring, epoll };
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

namespace detail {
/// A plain driver in a simulation; otherwise the wished or the best one. Throws std::system_error
/// if a forced one is not to be had.
std::unique_ptr<driver> make_driver(io_backend wish);
}  // namespace detail
}  // namespace tutti
