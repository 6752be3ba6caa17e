/// \file
/// The sentences of refused locks.
#pragma once

#include <cstdint>
#include <string>

#include <tutti/core/task_cell.hpp>

namespace tutti::detail {

/// For `deadlock`: `what` is the object, the task of `cell` holds it and waits for it.
std::string locked_again(const char* what, task_cell& cell);
/// For `not_owner`: who tried, and whose it is (0: nobody's).
std::string not_held(const char* what, std::uint64_t who, std::uint64_t owner);

}  // namespace tutti::detail
