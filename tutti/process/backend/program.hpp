/// \file
/// Starting another program with three pipes and nothing else of ours.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tutti/process/backend/os.hpp>
#include <tutti/sys/descriptor.hpp>

namespace tutti::detail {

/// A program that has begun: its handle, and our ends of its streams, which never wait.
struct program_birth {
  int pid = 0;
  sys::descriptor handle;
  sys::descriptor in;
  sys::descriptor out;
  sys::descriptor err;
};

/// Throws std::system_error with the program's name; std::invalid_argument for no words.
program_birth start_program(const std::vector<std::string>& argv, const std::string& directory);

/// The status of one that has ended; empty if somebody else collected it.
std::optional<os::ended> reap_program(int handle) noexcept;

}  // namespace tutti::detail
