/// \file
/// What workers may do besides computing.
#pragma once

namespace tutti {

/// What a pool's workers give up before their first task, for good, and with them whatever they
/// start. Each step includes those before it; what this machine cannot enforce is told by
/// `process_pool::sandbox_gaps()`.
///
/// `no_new_privileges`: programs they start gain no rights (set-user-id is ignored).
/// `no_network`: no sockets but local ones.
/// `read_only`: nothing is written, made, removed or renamed but below the pool's `writable` paths,
/// and (kernels since 6.12) no process outside can be signalled.
/// `compute_only`: memory, threads, time, and what is open already; no files are opened, no
/// programs or processes started: such calls fail with EPERM.
///
/// The handles of shared memory are opened by the worker that gets them, which `read_only` and
/// `compute_only` prevent: a task that takes one fails with std::system_error there.
enum class sandbox : unsigned char { none, no_new_privileges, no_network, read_only, compute_only };

}  // namespace tutti
