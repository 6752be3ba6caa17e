/// \file
/// What the operating system allows this process: for reports, never for decisions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tutti::sys {

/// A resource limit; no value: unlimited.
struct limit_fact {
  std::optional<std::uint64_t> now;
  std::optional<std::uint64_t> possible;
};

struct machine_facts {
  std::string system;     ///< "Linux 6.1.0 x86_64"
  std::string c_library;  ///< "glibc 2.36"
  std::uint64_t memory_bytes = 0;
  limit_fact open_files;
  limit_fact processes;
  limit_fact locked_bytes;
  limit_fact stack_bytes;
  /// Empty when an io_uring with the flags we want can be made; else why not.
  std::string io_uring_refusal;
  /// True when it can be made, but only without SINGLE_ISSUER and DEFER_TASKRUN.
  bool io_uring_is_plain = false;
  bool has_pidfd = false;
};

/// Asks; makes and closes one small io_uring and one pidfd.
machine_facts look_at_machine();

}  // namespace tutti::sys
