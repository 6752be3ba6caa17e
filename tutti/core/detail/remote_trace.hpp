/// \file
/// Where an exception that came from another process was thrown there.
#pragma once

#include <exception>
#include <string>

namespace tutti::detail {

/// Keeps `text`, a line for each function, with the exception object, as long as that lives.
void note_remote_trace(const std::exception_ptr& error, std::string text) noexcept;
/// Empty if none was noted.
std::string remote_trace(const std::exception_ptr& error);

}  // namespace tutti::detail
