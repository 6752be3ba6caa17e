#include <tutti/cli/advise/calls.hpp>

#include <algorithm>
#include <array>

namespace tutti::cli::advise {

const char* cause_name(cause c) {
  static constexpr std::array<const char*, cause_count> names{
      "socket", "accept",   "event",     "file",   "pipe",    "child", "futex",
      "timer",  "terminal", "file_lock", "signal", "stopped", "other", "unknown"};
  return names[index_of(c)];
}

const char* cause_words(cause c) {
  static constexpr std::array<const char*, cause_count> words{
      "waiting for sockets",     "waiting for clients",  "waiting in an event loop",
      "waiting for storage",     "waiting for a pipe",   "waiting for children",
      "waiting for threads",     "waiting for time",     "waiting for the terminal",
      "waiting for a file lock", "waiting for a signal", "stopped by a signal",
      "waiting, other",          "waiting, unseen"};
  return words[index_of(c)];
}

namespace {

struct row {
  short x86_64;  // -1: this machine has no such call
  short aarch64;
  call what;
};

constexpr call known(cause c) { return {call_kind::known, c, 0, false, false}; }
constexpr call on_descriptor(unsigned argument = 0) {
  return {call_kind::descriptor, cause::other, argument, false, false};
}
constexpr call sync_call() { return {call_kind::known, cause::file, 0, false, true}; }
constexpr call epoll_call() { return {call_kind::known, cause::event, 0, true, false}; }

// Numbers of <asm/unistd.h>; from 424 on all machines share them.
constexpr std::array table{
    row{0, 63, on_descriptor()},     // read
    row{1, 64, on_descriptor()},     // write
    row{2, -1, known(cause::file)},  // open
    row{3, 57, on_descriptor()},     // close: may write back or linger
    row{4, -1, known(cause::file)},  // stat
    row{6, -1, known(cause::file)},  // lstat
    row{7, -1, {call_kind::poll_set, cause::event, 0, false, false}},      // poll
    row{271, 73, {call_kind::poll_set, cause::event, 0, false, false}},    // ppoll
    row{23, -1, {call_kind::select_set, cause::event, 0, false, false}},   // select
    row{270, 72, {call_kind::select_set, cause::event, 0, false, false}},  // pselect6
    row{17, 67, on_descriptor()},                                          // pread64
    row{18, 68, on_descriptor()},                                          // pwrite64
    row{19, 65, on_descriptor()},                                          // readv
    row{20, 66, on_descriptor()},                                          // writev
    row{16, 29, on_descriptor()},                                          // ioctl
    row{26, 227, sync_call()},                                             // msync
    row{34, -1, known(cause::signal)},                                     // pause
    row{35, 101, known(cause::timer)},                                     // nanosleep
    row{230, 115, known(cause::timer)},                                    // clock_nanosleep
    row{40, 71, on_descriptor()},            // sendfile: the receiver is what is slow
    row{42, 203, known(cause::socket)},      // connect
    row{43, 202, known(cause::accept)},      // accept
    row{288, 242, known(cause::accept)},     // accept4
    row{44, 206, known(cause::socket)},      // sendto
    row{45, 207, known(cause::socket)},      // recvfrom
    row{46, 211, known(cause::socket)},      // sendmsg
    row{47, 212, known(cause::socket)},      // recvmsg
    row{299, 243, known(cause::socket)},     // recvmmsg
    row{307, 269, known(cause::socket)},     // sendmmsg
    row{58, -1, known(cause::child)},        // vfork: until the child has its program
    row{56, 220, known(cause::child)},       // clone, as vfork uses it
    row{435, 435, known(cause::child)},      // clone3
    row{59, 221, known(cause::file)},        // execve
    row{61, 260, known(cause::child)},       // wait4
    row{247, 95, known(cause::child)},       // waitid
    row{65, 193, known(cause::file_lock)},   // semop
    row{220, 192, known(cause::file_lock)},  // semtimedop
    row{69, 189, known(cause::file_lock)},   // msgsnd
    row{70, 188, known(cause::file_lock)},   // msgrcv
    row{73, 32, known(cause::file_lock)},    // flock
    row{72, 25, {call_kind::file_control, cause::file_lock, 0, false, false}},  // fcntl
    row{74, 82, sync_call()},                                                   // fsync
    row{75, 83, sync_call()},                                                   // fdatasync
    row{162, 81, sync_call()},                                                  // sync
    row{306, 267, sync_call()},                                                 // syncfs
    row{277, 84, sync_call()},                                                  // sync_file_range
    row{76, 45, known(cause::file)},                                            // truncate
    row{77, 46, known(cause::file)},                                            // ftruncate
    row{285, 47, known(cause::file)},                                           // fallocate
    row{78, -1, known(cause::file)},                                            // getdents
    row{217, 61, known(cause::file)},                                           // getdents64
    row{82, -1, known(cause::file)},                                            // rename
    row{83, -1, known(cause::file)},                                            // mkdir
    row{84, -1, known(cause::file)},                                            // rmdir
    row{87, -1, known(cause::file)},                                            // unlink
    row{187, 213, known(cause::file)},                                          // readahead
    row{257, 56, known(cause::file)},                                           // openat
    row{258, 34, known(cause::file)},                                           // mkdirat
    row{262, 79, known(cause::file)},                                           // newfstatat
    row{263, 35, known(cause::file)},                                           // unlinkat
    row{264, 38, known(cause::file)},                                           // renameat
    row{316, 276, known(cause::file)},                                          // renameat2
    row{332, 291, known(cause::file)},                                          // statx
    row{326, 285, known(cause::file)},                                          // copy_file_range
    row{275, 76, on_descriptor()},                                              // splice
    row{295, 69, on_descriptor()},                                              // preadv
    row{296, 70, on_descriptor()},                                              // pwritev
    row{327, 286, on_descriptor()},                                             // preadv2
    row{328, 287, on_descriptor()},                                             // pwritev2
    row{128, 137, known(cause::signal)},                                        // rt_sigtimedwait
    row{130, 133, known(cause::signal)},                                        // rt_sigsuspend
    row{202, 98, {call_kind::futex, cause::futex, 0, false, false}},            // futex
    row{449, 449, {call_kind::futex, cause::futex, 0, false, false}},           // futex_waitv
    row{455, 455, {call_kind::futex, cause::futex, 0, false, false}},           // futex_wait
    row{208, 4, known(cause::file)},                                            // io_getevents
    row{232, -1, epoll_call()},                                                 // epoll_wait
    row{281, 22, epoll_call()},                                                 // epoll_pwait
    row{441, 441, epoll_call()},                                                // epoll_pwait2
    row{426, 426, epoll_call()},                                                // io_uring_enter
};

}  // namespace

call describe_call(long number, machine_kind machine) {
  const auto matches = [number, machine](const row& r) {
    return number >= 0 && number == (machine == machine_kind::x86_64 ? r.x86_64 : r.aarch64);
  };
  const auto* const found = std::find_if(table.begin(), table.end(), matches);
  return found == table.end() ? known(cause::other) : found->what;
}

cause describe_descriptor(std::string_view link) {
  if (link.starts_with("socket:")) return cause::socket;
  if (link.starts_with("pipe:")) return cause::pipe;
  if (link.starts_with("anon_inode:")) {
    if (link.find("eventpoll") != link.npos || link.find("io_uring") != link.npos)
      return cause::event;
    if (link.find("timerfd") != link.npos) return cause::timer;
    if (link.find("pidfd") != link.npos) return cause::child;
    return cause::other;
  }
  if (link.starts_with("/dev/pts/") || link.starts_with("/dev/tty") || link == "/dev/console") {
    return cause::terminal;
  }
  if (link.starts_with("/dev/sd") || link.starts_with("/dev/nvme") || link.starts_with("/dev/vd")) {
    return cause::file;
  }
  if (link.starts_with("/dev/")) return cause::other;
  return link.starts_with("/") ? cause::file : cause::other;
}

bool is_mutex_wait(const syscall_line& line) {
  constexpr std::uint64_t command_mask = 0x7f;  // without the "private" and clock bits
  return (line.args[1] & command_mask) == 0 && (line.args[2] & 0xffffffffU) == 2;
}

cause describe_wchan(std::string_view name) {
  struct pair {
    std::string_view part;
    cause where;
  };
  // Kernel functions are renamed now and then; parts of their names have been stable.
  static constexpr std::array pairs{
      pair{"futex", cause::futex},         pair{"csk_accept", cause::accept},
      pair{"unix_accept", cause::accept},  pair{"ep_poll", cause::event},
      pair{"epoll", cause::event},         pair{"poll_schedule", cause::event},
      pair{"io_cqring", cause::event},     pair{"do_sys_poll", cause::event},
      pair{"do_select", cause::event},     pair{"sk_wait", cause::socket},
      pair{"sk_stream", cause::socket},    pair{"unix_stream", cause::socket},
      pair{"skb_wait", cause::socket},     pair{"inet_", cause::socket},
      pair{"tcp_", cause::socket},         pair{"pipe_", cause::pipe},
      pair{"nanosleep", cause::timer},     pair{"do_wait", cause::child},
      pair{"kernel_wait4", cause::child},  pair{"folio_wait", cause::file},
      pair{"wait_on_page", cause::file},   pair{"io_schedule", cause::file},
      pair{"jbd2", cause::file},           pair{"ext4", cause::file},
      pair{"xfs_", cause::file},           pair{"btrfs", cause::file},
      pair{"blk_", cause::file},           pair{"submit_bio", cause::file},
      pair{"n_tty_read", cause::terminal}, pair{"sigsuspend", cause::signal},
      pair{"sigtimedwait", cause::signal}, pair{"do_signal_stop", cause::stopped},
      pair{"ptrace_stop", cause::stopped}, pair{"flock_lock", cause::file_lock},
      pair{"posix_lock", cause::file_lock}};
  if (name.empty() || name == "0") return cause::unknown;
  for (const pair& p : pairs) {
    if (name.find(p.part) != name.npos) return p.where;
  }
  return cause::other;
}

cause describe_set(const std::vector<cause>& kinds) {
  if (kinds.empty()) return cause::timer;
  constexpr std::size_t few =
      2;  // a client with one connection polls it (and perhaps a wake-up pipe)
  if (kinds.size() > few) return cause::event;
  const auto has = [&kinds](cause c) {
    return std::find(kinds.begin(), kinds.end(), c) != kinds.end();
  };
  for (const cause c : {cause::socket, cause::accept, cause::child, cause::terminal, cause::pipe}) {
    if (has(c)) return c;
  }
  return kinds.front();
}

}  // namespace tutti::cli::advise
