// What a blocked system call waits for: tables and pure functions, no system call of our own.
#pragma once

#include <optional>
#include <string_view>

#include <tutti/cli/advise/observation.hpp>
#include <tutti/cli/advise/proc_text.hpp>

namespace tutti::cli::advise {

/// What a call needs us to look at before its cause is known.
enum class call_kind : unsigned char {
  known,       ///< the cause is in `where`
  descriptor,  ///< depends on the descriptor in argument `argument`
  poll_set,    ///< an array of descriptors: arguments 0 (address) and 1 (count)
  select_set,  ///< bit sets: argument 0 (highest + 1), 1 and 2 (addresses)
  futex,
  file_control  ///< fcntl: waits only for locks
};
struct call {
  call_kind kind = call_kind::known;
  cause where = cause::other;
  unsigned argument = 0;
  bool is_epoll = false;
  bool is_sync = false;  ///< fsync and its kin
};

enum class machine_kind { x86_64, aarch64 };
constexpr machine_kind this_machine() {
#if defined(__aarch64__)
  return machine_kind::aarch64;
#else
  return machine_kind::x86_64;
#endif
}

/// The call with that number; an unknown one is `known` with cause `other`.
call describe_call(long number, machine_kind machine = this_machine());

/// What a link of PID/fd says: "socket:[12]" and so on.
cause describe_descriptor(std::string_view link);

/// Is that sleeping on a futex a plain wait for the value 2? Arguments as the call got them.
bool is_mutex_wait(const syscall_line& line);

/// The cause behind a kernel function name of PID/wchan, for processes whose calls we may not see.
cause describe_wchan(std::string_view name);

/// Many descriptors at once, or one: `kinds` holds what they are. None: only the time limit ends
/// the call.
cause describe_set(const std::vector<cause>& kinds);

}  // namespace tutti::cli::advise
