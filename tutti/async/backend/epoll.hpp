/// \file
/// A driver that waits with epoll.
#pragma once

#include <memory>

#include <tutti/core/driver.hpp>

namespace tutti::detail {

/// Throws std::system_error when the system gives no epoll descriptor.
std::unique_ptr<driver> make_epoll_driver();

}  // namespace tutti::detail
