/// \file
/// A driver that waits with io_uring.
#pragma once

#include <memory>

#include <tutti/core/driver.hpp>

namespace tutti::detail {

/// Throws std::system_error when the kernel, or who runs this container, does not allow it.
std::unique_ptr<driver> make_io_uring_driver();

}  // namespace tutti::detail
