#include <tutti/process/backend/confine.hpp>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <system_error>
#include <vector>

#include <tutti/process/backend/os.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail::os {
namespace {

// What a kernel may know although the headers we are built with do not: Documentation/userspace-api
// /landlock.rst.
constexpr std::uint64_t right_refer = 1ULL << 13;       // since version 2
constexpr std::uint64_t right_truncate = 1ULL << 14;    // since version 3
constexpr std::uint64_t scope_sockets_and_signals = 3;  // since version 6
struct ruleset_with_scopes {
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scoped;
};

std::uint64_t writing_rights(int version) noexcept {
  std::uint64_t rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                         LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                         LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                         LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                         LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
  if (version >= 2) rights |= right_refer;
  if (version >= 3) rights |= right_truncate;
  return rights;
}

void allow_below(int rules, const char* path, std::uint64_t rights) {
  const sys::descriptor at{::open(path, O_PATH | O_CLOEXEC)};
  if (!at) throw std::system_error(errno, std::system_category(), path);
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = at.get();
  if (::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    throw std::system_error(errno, std::system_category(), path);
}

// ---- a filter of system calls -------------------------------------------------------------------

#if defined(__x86_64__)
constexpr std::uint32_t this_machine = AUDIT_ARCH_X86_64;
constexpr std::uint32_t x32_calls = 0x40000000;
#elif defined(__aarch64__)
constexpr std::uint32_t this_machine = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t this_machine = 0;  // none: can_refuse_calls() says so
#endif

/// A program for the kernel's filter: looks at the number of a call and at its first argument.
///
/// Threads:  one.
/// Lifetime: until it is in force.
/// Wakes:    nobody.
/// Order:    the first rule that fits decides.
/// Cancel:   cannot be.
class call_filter {
 public:
  call_filter() {
    load(offsetof(seccomp_data, arch));
    jump(this_machine, 1, 0);
    end(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
    // The same calls once more, with numbers of their own: no rule is passed by on that way.
    program_.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, x32_calls, 0, 1));
    end(SECCOMP_RET_ERRNO | EPERM);
#endif
  }
  void allow(long number) { decide(number, SECCOMP_RET_ALLOW); }
  void refuse(long number, int error) {
    decide(number, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
  }
  /// Allowed when `(first argument & mask) == value`, refused otherwise.
  void allow_if(long number, std::uint32_t mask, std::uint32_t value) {
    jump(static_cast<std::uint32_t>(number), 0, 5);
    load(offsetof(seccomp_data, args));
    program_.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
    jump(value, 0, 1);
    end(SECCOMP_RET_ALLOW);
    end(SECCOMP_RET_ERRNO | EPERM);
  }
  /// What no rule fits; from here on this process obeys.
  void put_in_force(std::uint32_t otherwise) {
    end(otherwise);
    const sock_fprog all{static_cast<unsigned short>(program_.size()), program_.data()};
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all, 0, 0) != 0)
      fail("refusing system calls");
  }

 private:
  void load(std::size_t at) {
    program_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(at)));
  }
  /// Skips so many rules when what was loaded equals `value`, or so many when it does not.
  void jump(std::uint32_t value, unsigned char equal, unsigned char other) {
    program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, equal, other));
  }
  void end(std::uint32_t with) { program_.push_back(BPF_STMT(BPF_RET | BPF_K, with)); }
  void decide(long number, std::uint32_t with) {
    jump(static_cast<std::uint32_t>(number), 0, 1);
    end(with);
  }
  std::vector<sock_filter> program_;
};

/// Memory, threads, time, signals within, and what is open already.
constexpr long computing[] = {
    SYS_brk,
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_mprotect,
    SYS_madvise,
    SYS_mincore,
    SYS_memfd_create,
    SYS_fallocate,
    SYS_ftruncate,
    SYS_futex,
    SYS_get_robust_list,
    SYS_set_robust_list,
    SYS_set_tid_address,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_sched_setaffinity,
    SYS_getcpu,
    SYS_getrandom,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_times,
    SYS_getrusage,
    SYS_getrlimit,
    SYS_setrlimit,
    SYS_prlimit64,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_rt_sigpending,
    SYS_rt_sigtimedwait,
    SYS_getpid,
    SYS_gettid,
    SYS_getppid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_uname,
    SYS_sysinfo,
    SYS_prctl,
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_lseek,
    SYS_fstat,
    SYS_close,
    SYS_dup,
    SYS_dup3,
    SYS_fcntl,
    SYS_ppoll,
    SYS_eventfd2,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_pipe2,
    SYS_recvmsg,
    SYS_sendmsg,
    SYS_exit,
    SYS_exit_group,
    SYS_restart_syscall,
#if defined(__x86_64__)
    SYS_poll,
    SYS_pause,
    SYS_arch_prctl,
    SYS_time,
    SYS_epoll_wait,
    SYS_dup2,
#endif
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_futex_waitv
    SYS_futex_waitv,
#endif
#ifdef SYS_epoll_pwait2
    SYS_epoll_pwait2,
#endif
};

}  // namespace

int landlock_version() noexcept {
  if (sys::injected_fault("process.landlock") != 0) return 0;
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

bool can_refuse_calls() noexcept {
  if (sys::injected_fault("process.seccomp") != 0) return false;
  std::uint32_t action = SECCOMP_RET_ERRNO;
  return this_machine != 0 && ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

sys::descriptor make_write_rules(std::span<const std::string> writable) {
  const int version = landlock_version();
  const std::uint64_t rights = writing_rights(version);
  const ruleset_with_scopes what{rights, 0, version >= 6 ? scope_sockets_and_signals : 0};
  const std::size_t known_bytes = version >= 6   ? sizeof what
                                  : version >= 4 ? offsetof(ruleset_with_scopes, scoped)
                                                 : offsetof(ruleset_with_scopes, network);
  sys::descriptor rules{
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &what, known_bytes, 0))};
  if (!rules) fail("landlock_create_ruleset");
  const std::uint64_t of_a_file =
      LANDLOCK_ACCESS_FS_WRITE_FILE | (version >= 3 ? right_truncate : 0);
  allow_below(rules.get(), "/dev/null", of_a_file);
  for (const std::string& path : writable) {
    const sys::descriptor folder{::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    allow_below(rules.get(), path.c_str(), folder ? rights : of_a_file);
  }
  return rules;
}

void confine_writes(int rules) {
  if (::syscall(SYS_landlock_restrict_self, rules, 0) != 0) fail("landlock_restrict_self");
}

void confine_network() {
  call_filter filter;
  filter.refuse(SYS_io_uring_setup, EPERM);  // it could make sockets past us
  filter.allow_if(SYS_socket, ~std::uint32_t{0}, AF_UNIX);
  filter.put_in_force(SECCOMP_RET_ALLOW);
}

void confine_to_computing() {
  call_filter filter;
  for (const long number : computing) filter.allow(number);
  // Threads, but no processes. clone3 hides its flags in memory: libc then takes clone.
  filter.refuse(SYS_clone3, ENOSYS);
  filter.allow_if(SYS_clone, CLONE_THREAD, CLONE_THREAD);
  filter.allow_if(SYS_tgkill, ~std::uint32_t{0}, static_cast<std::uint32_t>(::getpid()));
  filter.put_in_force(SECCOMP_RET_ERRNO | EPERM);
}

}  // namespace tutti::detail::os
