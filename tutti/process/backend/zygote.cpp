#include <tutti/process/backend/zygote.hpp>

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include <unwind.h>
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include <tutti/async/detail/call_fault.hpp>
#include <tutti/base/error.hpp>
#include <tutti/process/backend/identity.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/process/detail/modules.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail::zygote {
namespace {

constexpr std::size_t descriptors_max = 8;
constexpr std::size_t name_max = 64;
/// The zygote's socket is moved up here: programs that count on the lowest descriptor numbers keep
/// them.
constexpr int descriptor_floor = 200;

struct order {
  char name[name_max];
};
struct answer {
  int pid;
  int error;
};

/// Where the socket of a zygote started anew is, and the variable that tells it its host's pid.
constexpr int spawned_socket = 3;
constexpr const char* spawned_variable = "TUTTI_ZYGOTE";

/// The host's end of a zygote.
///
/// Threads:  any of the host's, one at a time.
/// Lifetime: the process's, or its pool's.
/// Wakes:    nobody.
/// Order:    by the mutex.
/// Cancel:   cannot be; an order takes a tenth of a millisecond.
struct host_state {
  enum class kind : unsigned char { shared, forked, spawned };
  explicit host_state(kind k = kind::shared) noexcept : made(k) {}
  const kind made;
  sys::mutex mutex;                         // one order at a time
  int socket TUTTI_GUARDED_BY(mutex) = -1;  // to the zygote
  int owner TUTTI_GUARDED_BY(mutex) = 0;    // pid of the process the zygote serves
  int zygote TUTTI_GUARDED_BY(mutex) = 0;
  int handle TUTTI_GUARDED_BY(mutex) = -1;  // of the zygote

  /// Ends the zygote, or notices that it has ended, and collects it.
  void let_go() noexcept TUTTI_REQUIRES(mutex) {
    if (socket >= 0) ::close(std::exchange(socket, -1));
    if (handle < 0) return;
    if (owner == ::getpid()) {
      os::wait_ended(handle, time_point::max());
      os::reap(handle);
    }
    ::close(std::exchange(handle, -1));
  }
};
host_state& host() {
  static host_state* state = new host_state;  // never destroyed: pools may outlive static objects
  return *state;
}

// fixed before main, except in workers, which are single-threaded when they set them
constinit bool wanted = false;
constinit bool main_reached = false;
constinit bool worker = false;
constinit bool hooked = false;

/// clone3 with exit signal 0. The child looks like one made by glibc's fork: thread id and robust
/// list are right. Returns 0 in the child. Only for callers with one thread.
int quiet_clone(std::uint64_t flags, int* handle) noexcept {
  void* list = nullptr;
  std::size_t list_size = 0;
  ::syscall(SYS_get_robust_list, 0, &list, &list_size);
  int* thread_id = nullptr;
  clone_args args{};
  args.flags = flags;
  if (::prctl(PR_GET_TID_ADDRESS, &thread_id, 0, 0, 0) == 0 && thread_id != nullptr) {
    args.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    args.child_tid = reinterpret_cast<std::uintptr_t>(thread_id);
  }
  if (handle != nullptr) {
    args.flags |= CLONE_PIDFD;
    args.pidfd = reinterpret_cast<std::uintptr_t>(handle);
  }
  const long pid = ::syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) {
    os::forget_thread_id();
    os::forget_own_mark();
    if (list != nullptr) ::syscall(SYS_set_robust_list, list, list_size);
  }
  return static_cast<int>(pid);
}

void close_all_but(std::span<const int> keep) noexcept {
  std::vector<int> sorted(keep.begin(), keep.end());
  sorted.push_back(0), sorted.push_back(1), sorted.push_back(2);
  std::sort(sorted.begin(), sorted.end());
  unsigned from = 0;
  for (const int fd : sorted) {
    const auto at = static_cast<unsigned>(fd);
    if (at > from) ::syscall(SYS_close_range, from, at - 1, 0);
    from = at + 1;
  }
  ::syscall(SYS_close_range, from, ~0U, 0);
}

/// The terminal's Ctrl-C is the host's business; reading the terminal is nobody's here.
void leave_the_terminal() noexcept {
  ::setpgid(0, 0);
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTTOU, SIG_IGN);
  ::signal(SIGTTIN, SIG_IGN);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0 && nothing != 0) {
    ::dup2(nothing, 0);
    ::close(nothing);
  }
}

/// One order with the descriptors that came along. False at the end of the stream.
bool receive_order(int socket, order& what, std::vector<int>& descriptors) noexcept {
  descriptors.clear();
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * descriptors_max)];
  iovec part{&what, sizeof what};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got;
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof what)) return false;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
      descriptors.push_back(fd);
    }
  }
  return true;
}

bool send_order(int socket, const order& what, std::span<const int> descriptors) noexcept {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * descriptors_max)] = {};
  iovec part{const_cast<order*>(&what), sizeof what};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
    std::memcpy(CMSG_DATA(c), descriptors.data(), sizeof(int) * descriptors.size());
  }
  ssize_t sent;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof what);
}

/// False: it has ended. A signal that the host handles meanwhile is no reason to believe that.
bool receive_answer(int socket, answer& result) noexcept {
  ssize_t got;
  do {
    got = ::recv(socket, &result, sizeof result, MSG_WAITALL);
  } while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof result);
}

[[noreturn]] void become_worker(const order& what, const std::vector<int>& descriptors, int host_id,
                                const sigset_t& signals, bool lasting) noexcept {
  // First layer against orphans: the kernel kills us when the host dies, checked once more after
  // arming. It means the thread that made the zygote, so that has to last.
  if (lasting) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != host_id) ::_exit(1);
  ::setpgid(0, 0);
  close_all_but(descriptors);
  os::name_this_process(what.name);
  worker = true;
  ::sigprocmask(SIG_SETMASK, &signals, nullptr);
  run_worker(descriptors);
}

/// What the zygote does all its life. Second layer against orphans: when the host is gone, so is
/// every worker.
struct server {
  int socket;
  int host_handle;
  int host_id;
  sigset_t signals;
  bool lasting;  // the host's thread that made us lasts as long as the host
  struct made {
    int handle;
    int pid;
  };
  std::vector<made> workers;

  [[noreturn]] void run() {
    std::vector<pollfd> looks;
    for (;;) {
      looks.clear();
      looks.push_back({socket, POLLIN, 0});
      looks.push_back({host_handle, POLLIN, 0});
      for (const made& one : workers) looks.push_back({one.handle, POLLIN, 0});
      if (::poll(looks.data(), looks.size(), -1) < 0) continue;
      if (looks[1].revents != 0) end();
      for (std::size_t i = looks.size(); i-- > 2;) {
        if (looks[i].revents == 0) continue;
        // A host that is being killed loses one thread after the other, and its workers before the
        // last: nobody but us is there to end what they have started. One that lives has done so
        // before it collected the worker, whose number, and the group's, is its own until then.
        if (os::is_uncollected(looks[i].fd)) {
          os::kill_group(workers[i - 2].pid);
        } else if (::getppid() != host_id) {
          end();  // whoever has adopted it has collected it
        }
        ::close(looks[i].fd);
        workers.erase(workers.begin() + static_cast<std::ptrdiff_t>(i - 2));
      }
      if (looks[0].revents != 0) serve();
    }
  }
  void serve() {
    order what;
    std::vector<int> descriptors;
    if (!receive_order(socket, what, descriptors)) end();
    int handle = -1;
    const int pid = quiet_clone(CLONE_PARENT, &handle);
    if (pid == 0) become_worker(what, descriptors, host_id, signals, lasting);
    const answer result{pid, pid < 0 ? errno : 0};
    for (const int fd : descriptors) ::close(fd);
    if (pid > 0) workers.push_back({handle, pid});
    if (::send(socket, &result, sizeof result, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof result))
      end();
  }
  [[noreturn]] void end() noexcept {
    // What they have started goes with them. No other group can have a worker's number: those that
    // ended before the host did have been struck off the list.
    for (const made& one : workers) {
      os::kill_group(one.pid);
      os::send_signal(one.handle, SIGKILL);
    }
    ::_exit(0);
  }
};

[[noreturn]] void become_zygote(int socket, int host_id, const sigset_t& signals,
                                bool lasting) noexcept {
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, host_id, 0));
  if (handle < 0 || ::getppid() != host_id) ::_exit(0);
  ::new (static_cast<void*>(&host()))
      host_state;  // its lock is held by whoever made us: start afresh
  leave_the_terminal();
  const int keep[] = {socket, handle};
  close_all_but(keep);
  os::name_this_process("tutti-zygote");
  server{socket, handle, host_id, signals, lasting, {}}.run();
}

/// Our end moves out of the way.
void remember(host_state& state, int socket, int pid, int handle) TUTTI_REQUIRES(state.mutex) {
  const int moved = ::fcntl(socket, F_DUPFD_CLOEXEC, descriptor_floor);
  if (moved >= 0) ::close(socket);
  state.socket = moved >= 0 ? moved : socket;
  const int moved_handle = ::fcntl(handle, F_DUPFD_CLOEXEC, descriptor_floor);
  if (moved_handle >= 0) ::close(handle);
  state.handle = moved_handle >= 0 ? moved_handle : handle;
  state.owner = ::getpid();
  state.zygote = pid;
}

void make_sockets(int (&ends)[2]) {
  if (call_at("process.socketpair", [&] {
        return ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
      }) != 0) {
    os::fail("socketpair");
  }
}

/// Makes the zygote now. The caller has checked that there is one thread.
void give_birth(host_state& state) TUTTI_REQUIRES(state.mutex) {
  known_modules();  // before there are two of us
  int ends[2];
  make_sockets(ends);
  std::fflush(nullptr);  // what is buffered would come out once more
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const int host_id = ::getpid();
  int handle = -1;
  const int pid = quiet_clone(0, &handle);
  if (pid == 0) become_zygote(ends[1], host_id, before, true);
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    throw std::system_error(error, std::system_category(), "making the zygote");
  }
  remember(state, ends[0], pid, handle);
}

/// What posix_spawn is to do, freed whatever happens.
///
/// Threads:  one.
/// Lifetime: one call.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   cannot be.
struct spawn_actions {
  spawn_actions() { ::posix_spawn_file_actions_init(&list); }
  spawn_actions(const spawn_actions&) = delete;
  spawn_actions& operator=(const spawn_actions&) = delete;
  ~spawn_actions() { ::posix_spawn_file_actions_destroy(&list); }
  posix_spawn_file_actions_t list;
};

/// Has the code that runs before main done so in this very program?
bool can_start_anew() noexcept { return hooked && main_reached; }

/// Starts this program anew; it becomes a zygote where its main would begin. Whatever threads there
/// are.
void spawn_birth(host_state& state) TUTTI_REQUIRES(state.mutex) {
  int ends[2];
  make_sockets(ends);
  sys::descriptor ours{ends[0]};
  const sys::descriptor theirs{ends[1]};
  const std::string told = std::string(spawned_variable) + "=" + std::to_string(::getpid());
  std::vector<char*> variables;
  for (char** at = environ; *at != nullptr; ++at) variables.push_back(*at);
  variables.push_back(const_cast<char*>(told.c_str()));
  variables.push_back(nullptr);
  char* words[] = {program_invocation_name, nullptr};
  const spawn_actions actions;
  auto* const list = const_cast<posix_spawn_file_actions_t*>(&actions.list);
  int error = ::posix_spawn_file_actions_adddup2(list, theirs.get(), spawned_socket);
  if (error == 0) error = ::posix_spawn_file_actions_addclosefrom_np(list, spawned_socket + 1);
  pid_t pid = 0;
  if (error == 0) error = sys::injected_fault("process.spawn");
  if (error == 0)
    error = ::posix_spawn(&pid, "/proc/self/exe", list, nullptr, words, variables.data());
  if (error != 0)
    throw std::system_error(error, std::generic_category(), "starting the program anew");
  sys::descriptor handle = os::open_process(pid);
  remember(state, ours.release(), pid, handle.release());
}

/// Where main would begin: is this a program that was started to be a zygote?
void become_zygote_if_asked() noexcept {
  const char* const told = ::getenv(spawned_variable);
  if (told == nullptr || ::getauxval(AT_SECURE) != 0) return;
  const int host_id = std::atoi(told);
  ::unsetenv(spawned_variable);
  if (::getppid() != host_id) ::_exit(0);  // it has gone meanwhile; main is not meant to run here
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  become_zygote(spawned_socket, host_id, before, false);
}

void ensure(host_state& state) TUTTI_REQUIRES(state.mutex) {
  if (state.socket >= 0 && state.owner == ::getpid()) return;
  state.let_go();
  if (state.made == host_state::kind::forked)
    throw error("the zygote of a pool that was made with start_method::fork has ended");
  if (state.made == host_state::kind::shared && os::thread_count() == 1) return give_birth(state);
  if (can_start_anew()) return spawn_birth(state);
  throw error(
      "processes cannot be made any more: this program started threads before its first "
      "process_pool or process, "
      "and was not able to prepare before main; make the first pool at the beginning of main");
}

void on_main() noexcept {
  main_reached = true;
  if (!wanted) return;
  // What is open now is open in every worker, too, however it comes into being; what the program
  // opens from here on is told to them by its path.
  known_modules();
  become_zygote_if_asked();
  host_state& state = host();
  const sys::lock guard{state.mutex};
  try {
    if (state.socket < 0 && os::thread_count() == 1) give_birth(state);
  } catch (...) {
    // The first pool tries again and says why it cannot.
  }
}

// ---- how code of ours comes to run after all global constructors and before main ----
//
// The last entry of the program's array of constructors is replaced by a function that calls what
// was there and then us. Where that is not possible (a static program without dynamic section, a
// program that opens a module with this code in it) the first pool makes the zygote.

using constructor = void (*)(int, char**, char**);
constinit constructor last_constructor = nullptr;

void after_constructors(int argc, char** argv, char** environment) {
  last_constructor(argc, argv, environment);
  on_main();
}

int hook_program(dl_phdr_info* info, std::size_t, void*) {
  const ElfW(Dyn)* dynamic = nullptr;
  std::uintptr_t relro_begin = 0;
  std::uintptr_t relro_end = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type == PT_DYNAMIC)
      dynamic = reinterpret_cast<const ElfW(Dyn)*>(info->dlpi_addr + header.p_vaddr);
    if (header.p_type == PT_GNU_RELRO) {
      relro_begin = info->dlpi_addr + header.p_vaddr;
      relro_end = relro_begin + header.p_memsz;
    }
  }
  if (dynamic == nullptr) return 1;
  std::uintptr_t array = 0;
  std::size_t bytes = 0;
  for (; dynamic->d_tag != DT_NULL; ++dynamic) {
    if (dynamic->d_tag == DT_INIT_ARRAY) array = info->dlpi_addr + dynamic->d_un.d_ptr;
    if (dynamic->d_tag == DT_INIT_ARRAYSZ) bytes = dynamic->d_un.d_val;
  }
  if (array == 0 || bytes < sizeof(constructor)) return 1;
  auto* last = reinterpret_cast<constructor*>(array) + bytes / sizeof(constructor) - 1;
  const auto page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t page = reinterpret_cast<std::uintptr_t>(last) / page_bytes * page_bytes;
  if (::mprotect(reinterpret_cast<void*>(page), page_bytes, PROT_READ | PROT_WRITE) != 0) return 1;
  last_constructor = *last;
  *last = &after_constructors;
  hooked = true;
  if (page >= relro_begin / page_bytes * page_bytes && page + page_bytes <= relro_end)
    ::mprotect(reinterpret_cast<void*>(page), page_bytes, PROT_READ);
  return 1;  // the program comes first; nothing else is looked at
}

std::uintptr_t module_of(std::uintptr_t code) noexcept {
  Dl_info about;
  return ::dladdr(reinterpret_cast<void*>(code), &about) != 0
             ? reinterpret_cast<std::uintptr_t>(about.dli_fbase)
             : 0;
}

/// Is this code in a module that a program opens long after it started? Then somebody has called:
/// when a program starts, there is only the loader beneath the constructors of its modules.
bool is_opened_late() noexcept {
  const std::uintptr_t own = module_of(reinterpret_cast<std::uintptr_t>(&hook_program));
  if (own == module_of(::getauxval(AT_ENTRY))) return false;
  struct looked {
    std::uintptr_t own;
    std::uintptr_t loader;
    bool others;
  } at{own, ::getauxval(AT_BASE), false};
  const auto look = [](_Unwind_Context* frame, void* into) {
    auto& seen = *static_cast<looked*>(into);
    const std::uintptr_t module = module_of(_Unwind_GetIP(frame) - 1);
    seen.others = seen.others || (module != 0 && module != seen.own && module != seen.loader);
    return _URC_NO_REASON;
  };
  _Unwind_Backtrace(look, &at);
  return at.others;
}

[[gnu::constructor(101)]] void hook() {
  if (!hooked && !is_opened_late()) ::dl_iterate_phdr(&hook_program, nullptr);
}

}  // namespace

bool request() noexcept {
  wanted = true;
  return true;
}

bool before_main() noexcept { return hooked && !main_reached; }
bool in_worker() noexcept { return worker; }

int zygote_id() noexcept {
  host_state& state = host();
  const sys::lock guard{state.mutex};
  return state.owner == ::getpid() ? state.zygote : 0;
}

/// Threads:  as host_state.
/// Lifetime: its pool's.
/// Wakes:    nobody.
/// Order:    as host_state.
/// Cancel:   cannot be.
struct own : host_state {
  using host_state::host_state;
  own(const own&) = delete;
  own& operator=(const own&) = delete;
  ~own() {
    const sys::lock guard{mutex};
    let_go();
  }
};

std::shared_ptr<own> fork_here() {
  if (os::thread_count() != 1)
    throw error(
        "start_method::fork needs a program without other threads, whose locks would stay locked "
        "in the copy for ever: make the pool before the first thread, or use start_method::zygote "
        "or spawn");
  auto made = std::make_shared<own>(host_state::kind::forked);
  const sys::lock guard{made->mutex};
  give_birth(*made);
  return made;
}

std::shared_ptr<own> spawn_anew() {
  if (!can_start_anew())
    throw error(
        "start_method::spawn needs code of tutti's to run before main, which this program does "
        "not allow: link it dynamically, or use start_method::zygote");
  auto made = std::make_shared<own>(host_state::kind::spawned);
  const sys::lock guard{made->mutex};
  spawn_birth(*made);
  return made;
}

birth make(std::span<const int> descriptors, std::string_view name, own* from) {
  order what{};
  std::memcpy(what.name, name.data(), std::min(name.size(), name_max - 1));
  host_state& state = from != nullptr ? *from : host();
  const sys::lock guard{state.mutex};
  for (int attempt = 0; attempt < 2; ++attempt) {
    ensure(state);
    if (const int number = sys::injected_fault("process.fork"); number != 0)
      throw std::system_error(number, std::system_category(), "making a worker process");
    answer result{};
    if (!send_order(state.socket, what, descriptors) || !receive_answer(state.socket, result)) {
      state.let_go();  // somebody ended it: a new one, if that is still possible
      continue;
    }
    if (result.pid <= 0)
      throw std::system_error(result.error, std::system_category(), "making a worker process");
    return {result.pid, os::open_process(result.pid)};
  }
  throw error("the zygote ended twice while making a worker process");
}

}  // namespace tutti::detail::zygote
