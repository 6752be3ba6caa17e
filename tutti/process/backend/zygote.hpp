/// \file
/// The zygote: a quiet copy of the program, made before main while there is one thread, from which
/// workers are forked.
///
/// Only programs that use processes have one: their code instantiates `zygote_anchor`, whose
/// initialiser asks for it. Workers are children of the host, but with exit signal 0: the host's
/// wait(-1) and SIGCHLD never see them.
#pragma once

#include <memory>
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

/// A zygote that serves one pool only; it ends when nobody refers to it any more.
struct own;
/// Made from this program as it is now. Throws tutti::error when there are other threads.
std::shared_ptr<own> fork_here();
/// Made from this program started anew, up to main: its workers are ordinary children, with exit
/// signal. Throws tutti::error where code of ours cannot run before main.
std::shared_ptr<own> spawn_anew();

/// Has a worker made that runs `run_worker(descriptors)`; the descriptors are duplicated into it,
/// in this order; by the program's zygote or by `from`. Throws tutti::error where there is no
/// zygote and none can be made now, std::system_error when the system has no more processes.
birth make(std::span<const int> descriptors, std::string_view name, own* from = nullptr);

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
