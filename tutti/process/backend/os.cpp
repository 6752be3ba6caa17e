#include <tutti/process/backend/os.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include <tutti/async/detail/call_fault.hpp>
#include <tutti/process/backend/nodes.hpp>
#include <tutti/sys/world.hpp>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

namespace tutti::detail::os {
namespace {

/// Relative time until a deadline for calls that want it so; null for "for ever".
const timespec* left_until(time_point deadline, timespec& room) noexcept {
  if (deadline == time_point::max()) return nullptr;
  std::int64_t ns = deadline.time_since_epoch().count() - steady_ns();
  if (ns < 0) ns = 0;
  room.tv_sec = ns / 1'000'000'000;
  room.tv_nsec = ns % 1'000'000'000;
  return &room;
}

}  // namespace

void fail(const char* what) { throw std::system_error(errno, std::system_category(), what); }

int process_id() noexcept { return ::getpid(); }
bool process_exists(int pid) noexcept { return ::kill(pid, 0) == 0 || errno != ESRCH; }
int parent_id() noexcept { return ::getppid(); }

namespace {
constinit thread_local std::uint32_t remembered_id = 0;
}  // namespace
void forget_thread_id() noexcept { remembered_id = 0; }
std::uint32_t thread_id() noexcept {
  if (remembered_id == 0) {
    static const int forks = ::pthread_atfork(nullptr, nullptr, &forget_thread_id);
    static_cast<void>(forks);
    remembered_id = static_cast<std::uint32_t>(::syscall(SYS_gettid));
  }
  return remembered_id;
}

int thread_count() noexcept {
  DIR* tasks = ::opendir("/proc/self/task");
  if (tasks == nullptr) return 1;
  int count = 0;
  while (const dirent* entry = ::readdir(tasks))
    if (entry->d_name[0] != '.') ++count;
  ::closedir(tasks);
  return count;
}

bool shared_wait(sys::atomic<std::uint32_t>& word, std::uint32_t expected,
                 time_point deadline) noexcept {
  if (TUTTI_UNLIKELY(nodes::current != nullptr))
    return word.load(sys::relaxed) != expected || nodes::sleep(word.address(), deadline);
  timespec room;
  const long result = ::syscall(SYS_futex, word.address(), FUTEX_WAIT, expected,
                                left_until(deadline, room), nullptr, 0);
  return !(result == -1 && errno == ETIMEDOUT);
}

void shared_wake(sys::atomic<std::uint32_t>& word, int count) noexcept {
  if (TUTTI_UNLIKELY(nodes::current != nullptr)) return nodes::wake(word.address(), count);
  ::syscall(SYS_futex, word.address(), FUTEX_WAKE, count, nullptr, nullptr, 0);
}

int wait_for_words(std::span<const word_wait> words, time_point deadline) noexcept {
#ifdef SYS_futex_waitv
  futex_waitv waits[words_max] = {};
  const std::size_t count = words.size() < words_max ? words.size() : words_max;
  for (std::size_t i = 0; i < count; ++i) {
    if (words[i].word->load(sys::relaxed) != words[i].expected)  // who is told looks again
      return static_cast<int>(i);
    waits[i].val = words[i].expected;
    waits[i].uaddr = reinterpret_cast<std::uintptr_t>(words[i].word->address());
    waits[i].flags = FUTEX_32;
  }
  const std::int64_t ns = deadline.time_since_epoch().count();
  const timespec limit{ns / 1'000'000'000, ns % 1'000'000'000};
  const long woken = ::syscall(SYS_futex_waitv, waits, count, 0,
                               deadline == time_point::max() ? nullptr : &limit, CLOCK_MONOTONIC);
  if (woken >= 0) return static_cast<int>(woken);
  return errno == ENOSYS ? words_unsupported : -1;
#else
  static_cast<void>(words);
  static_cast<void>(deadline);
  return words_unsupported;
#endif
}

std::int64_t steady_ns() noexcept {
  if (TUTTI_UNLIKELY(nodes::current != nullptr))
    return sys::current_world->now().time_since_epoch().count();
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

namespace {

sys::descriptor new_memory(const char* name) {
  sys::descriptor fd{call_at(
      "process.memory", [&] { return ::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); })};
  if (!fd) fail("memfd_create");
  return fd;
}

}  // namespace

sys::descriptor make_memory(const char* name, std::size_t bytes) {
  sys::descriptor fd = new_memory(name);
  if (bytes != 0) grow_memory(fd.get(), 0, bytes);
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    fail("sealing shared memory");
  return fd;
}

sys::descriptor make_memory_of_one_writer(const char* name) {
  sys::descriptor fd = new_memory(name);
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0) fail("sealing shared memory");
  return fd;
}

void seal_writer(int fd) noexcept {
#if defined(F_SEAL_FUTURE_WRITE)  // kernels before 5.1 refuse it: their workers are trusted
  ::fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
#endif
  ::fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL);
}

void grow_memory(int fd, std::size_t from, std::size_t to) {
  // A signal makes it undo what it has done so far; a profiler's, every few milliseconds, would
  // make a large one begin again for ever.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  int result;
  do {
    result = call_at("process.reserve", [&] {
      return ::fallocate(fd, 0, static_cast<off_t>(from), static_cast<off_t>(to - from));
    });
  } while (result != 0 && errno == EINTR);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  if (result != 0) fail("reserving shared memory");
}

bool cannot_shrink(int fd) noexcept {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}

std::size_t size_of(int fd) {
  struct stat about;
  if (::fstat(fd, &about) != 0) fail("fstat");
  return static_cast<std::size_t>(about.st_size);
}

sys::descriptor duplicate(int fd) {
  sys::descriptor copy{
      call_at("process.duplicate", [&] { return ::fcntl(fd, F_DUPFD_CLOEXEC, 3); })};
  if (!copy) fail("duplicating a descriptor");
  return copy;
}

sys::descriptor open_of_process(std::uint64_t pid, int fd, access how) {
  const int flags = how == access::both ? O_RDWR : how == access::writing ? O_WRONLY : O_RDONLY;
  const std::string path = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd);
  sys::descriptor opened{call_at(
      "process.attach", [&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK); })};
  if (!opened) fail("opening what another process shares");
  ::fcntl(opened.get(), F_SETFL, 0);  // non-blocking only so that opening a pipe cannot wait
  return opened;
}

mapping::mapping(int fd, std::size_t bytes, bool writable) : size_(bytes) {
  errno = sys::injected_fault("process.map");
  void* at = errno != 0 ? MAP_FAILED
                        : ::mmap(nullptr, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ,
                                 MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (at == MAP_FAILED) fail("mapping shared memory");
  data_ = static_cast<std::byte*>(at);
}
mapping::mapping(mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
mapping& mapping::operator=(mapping&& other) noexcept {
  if (this != &other) {
    mapping old = std::move(*this);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}
mapping::~mapping() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

sys::descriptor open_process(int pid) {
  sys::descriptor fd{static_cast<int>(
      call_at("process.handle", [&] { return ::syscall(SYS_pidfd_open, pid, 0); }))};
  if (!fd) fail("pidfd_open");
  return fd;
}

void send_signal(int process_fd, int signal) noexcept {
  if (nodes::knows(process_fd)) return nodes::kill(process_fd, signal);
  ::syscall(SYS_pidfd_send_signal, process_fd, signal, nullptr, 0);
}

void signal_group(int pid, int signal) noexcept { ::kill(-pid, signal); }
void kill_group(int pid) noexcept { signal_group(pid, SIGKILL); }

bool has_ended(int process_fd) noexcept {
  pollfd look{process_fd, POLLIN, 0};
  return ::poll(&look, 1, 0) > 0;
}

bool wait_ended(int process_fd, time_point deadline) noexcept {
  if (nodes::knows(process_fd)) {
    while (!has_ended(process_fd))
      if (!nodes::await_news(deadline)) return has_ended(process_fd);
    return true;
  }
  for (;;) {
    pollfd look{process_fd, POLLIN, 0};
    timespec room;
    const timespec* limit = left_until(deadline, room);
    const int ready = ::ppoll(&look, 1, limit, nullptr);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return false;
  }
}

namespace {

/// What the kernel remembers of a process that somebody else has collected: <linux/pidfd.h>, newer
/// than the headers we are built with.
bool remembered_status(int process_fd, int& status) noexcept {
  struct {
    std::uint64_t mask;
    std::uint64_t control_group;
    std::uint32_t ids[11];
    std::int32_t exit_status;
  } info{};
  static_assert(sizeof info == 64);
  constexpr std::uint64_t exit_part = 1 << 3;
  info.mask = exit_part;
  if (::ioctl(process_fd, _IOC(_IOC_READ | _IOC_WRITE, 0xFF, 11, sizeof info), &info) != 0 ||
      (info.mask & exit_part) == 0)
    return false;
  status = info.exit_status;
  return true;
}

}  // namespace

bool is_uncollected(int process_fd) noexcept {
  if (nodes::knows(process_fd)) return false;  // and no group of processes to end
  return ::syscall(SYS_pidfd_send_signal, process_fd, 0, nullptr, 0) == 0;
}

ended reap(int process_fd) noexcept {
  if (nodes::knows(process_fd)) return nodes::collect(process_fd);
  siginfo_t info;
  info.si_pid = 0;
  int result;
  do {
    result = ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(process_fd), &info,
                      WEXITED | __WALL);
  } while (result != 0 && errno == EINTR);
  if (result != 0 || info.si_pid == 0) {
    int status = 0;
    if (!remembered_status(process_fd, status)) return {0, SIGKILL};  // it is lost
    return WIFEXITED(status) ? ended{WEXITSTATUS(status), 0} : ended{0, WTERMSIG(status)};
  }
  return info.si_code == CLD_EXITED ? ended{info.si_status, 0} : ended{0, info.si_status};
}

std::string signal_text(int signal) {
  const char* name = ::sigabbrev_np(signal);
  const char* text = ::sigdescr_np(signal);
  const std::string number = "signal " + std::to_string(signal);
  if (name == nullptr) return number;
  return number + ", SIG" + name + (text != nullptr ? std::string(" (") + text + ")" : "");
}

sys::descriptor make_bell() {
  sys::descriptor fd{
      call_at("process.bell", [] { return ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); })};
  if (!fd) fail("eventfd");
  return fd;
}
void ring(int bell) noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written =
      ::write(bell, &one, sizeof one);  // full means it rings already
  if (TUTTI_UNLIKELY(nodes::current != nullptr)) nodes::announce();
}
void silence(int bell) noexcept {
  std::uint64_t count;
  [[maybe_unused]] const auto got =
      ::read(bell, &count, sizeof count);  // nothing there: it did not ring
}

poll_set::poll_set() : fd_(call_at("process.poll", [] { return ::epoll_create1(EPOLL_CLOEXEC); })) {
  if (!fd_) fail("epoll_create1");
}
void poll_set::add(int fd, std::uint64_t value) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = value;
  if (call_at("process.watch", [&] { return ::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event); }) !=
      0) {
    fail("epoll_ctl");
  }
}
void poll_set::add_bell(int fd, std::uint64_t value) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = value;
  if (call_at("process.watch", [&] { return ::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event); }) !=
      0) {
    fail("epoll_ctl");
  }
}
void poll_set::remove(int fd) noexcept { ::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, nullptr); }
void poll_set::wait(time_point deadline, std::vector<std::uint64_t>& ready) {
  if (TUTTI_UNLIKELY(nodes::current != nullptr)) {  // there, nobody sleeps in the kernel
    // Only looking is no waiting, and so no reason for the clock to move.
    while (look(time_point(), ready) == 0)
      if (deadline <= sys::current_world->now() || !nodes::await_news(deadline)) return;
    return;
  }
  look(deadline, ready);
}
std::size_t poll_set::look(time_point deadline, std::vector<std::uint64_t>& ready) {
  ready.clear();
  constexpr int events_max = ready_max;
  epoll_event events[ready_max];
  timespec room;
  const timespec* limit = left_until(deadline, room);
  int count = static_cast<int>(
      ::syscall(SYS_epoll_pwait2, fd_.get(), events, events_max, limit, nullptr, 0));
  if (count < 0 && errno == ENOSYS) {
    const int ms =
        limit == nullptr
            ? -1
            : static_cast<int>(limit->tv_sec > 1000
                                   ? 1'000'000
                                   : limit->tv_sec * 1000 + limit->tv_nsec / 1'000'000 + 1);
    count = ::epoll_wait(fd_.get(), events, events_max, ms);
  }
  for (int i = 0; i < count; ++i) {
    const std::uint64_t value = events[i].data.u64;  // a copy: the struct is packed
    ready.push_back(value);
  }
  return ready.size();
}

void limit_memory(std::size_t bytes) noexcept {
  rlimit limit;
  limit.rlim_cur = limit.rlim_max = bytes;
  ::setrlimit(RLIMIT_DATA, &limit);
}
void limit_cpu_time(std::uint64_t seconds) noexcept {
  static_assert(cpu_time_is_up == SIGXCPU);
  timespec used;
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return;
  rlimit limit;
  if (::getrlimit(RLIMIT_CPU, &limit) != 0) return;
  const rlim_t wanted = static_cast<rlim_t>(used.tv_sec) + 1 + seconds;
  limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
  ::setrlimit(RLIMIT_CPU, &limit);
}
void keep_freed_memory() noexcept {
  constexpr int kept_max = 1 << 30;
  ::mallopt(M_MMAP_THRESHOLD, kept_max);
  ::mallopt(M_TRIM_THRESHOLD, kept_max);
}
namespace {

/// A line `NAME:   123 kB` of /proc/self/status, in bytes.
std::size_t status_bytes(const char* name) noexcept {
  const sys::descriptor file{::open("/proc/self/status", O_RDONLY | O_CLOEXEC)};
  if (!file) return 0;
  char text[4096];
  const ssize_t length = ::read(file.get(), text, sizeof text - 1);
  if (length <= 0) return 0;
  text[length] = '\0';
  const char* const line = std::strstr(text, name);
  return line == nullptr ? 0 : std::strtoull(line + std::strlen(name), nullptr, 10) * 1024;
}

}  // namespace

std::size_t resident_from_now_on() noexcept {
  const sys::descriptor peak{::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)};
  if (!peak || ::write(peak.get(), "5", 1) != 1) return 0;
  return status_bytes("VmRSS:");
}
std::size_t peak_resident() noexcept { return status_bytes("VmHWM:"); }

void forbid_core_dump() noexcept {
  rlimit limit;
  if (::getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = 0;
  ::setrlimit(RLIMIT_CORE, &limit);
}
void forbid_new_privileges() noexcept { ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
void name_this_process(std::string_view name) noexcept {
  char room[16] = {};
  std::memcpy(room, name.data(), name.size() < 15 ? name.size() : 15);
  ::prctl(PR_SET_NAME, room);
}
void flush_output() noexcept { std::fflush(stdout); }
void end_lines_at_once() noexcept { std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ); }
void write_output_to(sys::descriptor pipe) noexcept {
  ::dup2(pipe.get(), 1);
  ::dup2(pipe.get(), 2);
}
void leave(int code) noexcept {
  std::fflush(nullptr);
  ::_exit(code);
}
void complain(std::string_view text) noexcept {
  [[maybe_unused]] const auto written = ::write(2, text.data(), text.size());
}

}  // namespace tutti::detail::os
