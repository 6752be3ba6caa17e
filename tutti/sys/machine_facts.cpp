#include <tutti/sys/machine_facts.hpp>

#include <gnu/libc-version.h>
#include <linux/io_uring.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <tutti/sys/descriptor.hpp>

namespace tutti::sys {

namespace {

limit_fact read_limit(int which) {
  limit_fact out;
  rlimit got{};
  if (getrlimit(static_cast<__rlimit_resource_t>(which), &got) != 0) return out;
  if (got.rlim_cur != RLIM_INFINITY) out.now = got.rlim_cur;
  if (got.rlim_max != RLIM_INFINITY) out.possible = got.rlim_max;
  return out;
}

// Newer than some kernel headers we are built with, so spelled here; fixed by the kernel's
// interface.
constexpr unsigned single_issuer = 1U << 12U;
constexpr unsigned defer_taskrun = 1U << 13U;

descriptor make_ring(unsigned flags) {
  io_uring_params parameters{};
  parameters.flags = flags;
  return descriptor(static_cast<int>(syscall(SYS_io_uring_setup, 8, &parameters)));
}

void probe_io_uring(machine_facts& out) {
  if (make_ring(single_issuer | defer_taskrun)) return;
  if (make_ring(0)) {
    out.io_uring_is_plain = true;
    return;
  }
  out.io_uring_refusal = std::strerror(errno);
}

}  // namespace

machine_facts look_at_machine() {
  machine_facts out;
  utsname name{};
  if (uname(&name) == 0)
    out.system = std::string(name.sysname) + " " + name.release + " " + name.machine;
  out.c_library = std::string("glibc ") + gnu_get_libc_version();
  struct sysinfo memory{};
  if (sysinfo(&memory) == 0)
    out.memory_bytes = static_cast<std::uint64_t>(memory.totalram) * memory.mem_unit;
  out.open_files = read_limit(RLIMIT_NOFILE);
  out.processes = read_limit(RLIMIT_NPROC);
  out.locked_bytes = read_limit(RLIMIT_MEMLOCK);
  out.stack_bytes = read_limit(RLIMIT_STACK);
  probe_io_uring(out);
  out.has_pidfd =
      static_cast<bool>(descriptor(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0))));
  return out;
}

}  // namespace tutti::sys
