/// \file
/// The zygote: a quiet copy of the program, made before main while there is one thread, from which
/// workers are forked.
///
/// Only programs that use processes have one: their code instantiates `zygote_anchor`, whose
/// initialiser asks for it. Workers are children of the host, but with exit signal 0: the host's
/// wait(-1) and SIGCHLD never see them.
#pragma once

#include <span>
#include <string_view>

#include <tutti/sys/descriptor.hpp>

namespace tutti::detail::zygote {

/// Notes that this program wants a zygote once its global constructors have run. Always true, for
/// an initialiser.
bool request() noexcept;

/// A new process and the handle that tells its end.
struct birth {
  int pid = 0;
  sys::descriptor handle;
};

/// Has a worker made that runs `run_worker(descriptors)`; the descriptors are duplicated into it,
/// in this order. Throws tutti::error where there is no zygote and none can be made now (the
/// program has threads already), std::system_error when the system has no more processes.
birth make(std::span<const int> descriptors, std::string_view name);

/// Before main? Pools are refused there.
bool before_main() noexcept;
/// Is this a worker (or a process made by one)?
bool in_worker() noexcept;

/// Processes that exist for this one besides workers: 0 or 1. For tests.
int zygote_id() noexcept;

}  // namespace tutti::detail::zygote

namespace tutti::detail {

/// Implemented by the worker loop: never returns. Descriptors as given to make().
[[noreturn]] void run_worker(std::span<const int> descriptors);

/// Named by the constructors of pools and processes, which are templates for this one reason: what
/// a program does not construct, it does not instantiate.
template <class = void>
struct zygote_anchor {
  static inline const bool requested = zygote::request();
};

}  // namespace tutti::detail
