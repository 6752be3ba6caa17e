/// \file
/// The system calls of the process room, typed and without headers of the system: descriptors,
/// shared memory, process handles, futexes on shared words, one epoll.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tutti/base/time.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/sys/descriptor.hpp>

namespace tutti::detail::os {

/// Throws std::system_error with errno and what was tried.
[[noreturn]] void fail(const char* what);

int process_id() noexcept;
/// Is there a process of this number? A zombie is one.
bool process_exists(int pid) noexcept;
int parent_id() noexcept;
/// The kernel's number of this thread, remembered; a process made without libc's fork forgets first
/// what it was in its parent.
std::uint32_t thread_id() noexcept;
void forget_thread_id() noexcept;
/// Threads of this process now.
int thread_count() noexcept;

/// Sleeps while `word == expected`; the word may lie in memory shared with other processes. True
/// unless the deadline passed; wakes spuriously.
bool shared_wait(sys::atomic<std::uint32_t>& word, std::uint32_t expected,
                 time_point deadline = time_point::max()) noexcept;
void shared_wake(sys::atomic<std::uint32_t>& word, int count) noexcept;
/// Several words at once: the index of one that was woken or differs, -1 for a passed deadline or
/// no reason, `words_unsupported` where the kernel cannot.
struct word_wait {
  sys::atomic<std::uint32_t>* word;
  std::uint32_t expected;
};
inline constexpr std::size_t words_max = 128;
inline constexpr int words_unsupported = -2;
int wait_for_words(std::span<const word_wait> words, time_point deadline) noexcept;
/// A hint that this thread spins.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}
/// The steady clock of the machine, the same in every process.
std::int64_t steady_ns() noexcept;

/// Anonymous shared memory, close-on-exec, that nobody can shrink under its readers.
sys::descriptor make_memory(const char* name, std::size_t bytes);
/// The same, for one writer: after seal_writer() only what has been mapped by then can write to it.
sys::descriptor make_memory_of_one_writer(const char* name);
void seal_writer(int fd) noexcept;
/// Grows it and reserves the pages, so that touching them later cannot fail. Throws
/// std::system_error.
void grow_memory(int fd, std::size_t from, std::size_t to);
std::size_t size_of(int fd);
/// Anonymous memory that nobody can take away again under whoever has mapped it; false for all
/// else a descriptor can be.
bool cannot_shrink(int fd) noexcept;
sys::descriptor duplicate(int fd);
/// Opens what another process of this user holds as descriptor `fd` (memory, pipes).
enum class access : unsigned char { reading, writing, both };
sys::descriptor open_of_process(std::uint64_t pid, int fd, access how);

/// Memory with a name in the system; `create` refuses a name that is taken.
sys::descriptor create_named(const std::string& name, std::size_t bytes);
sys::descriptor open_named(const std::string& name);
void remove_name(const std::string& name) noexcept;

struct pipe_ends {
  sys::descriptor reading;
  sys::descriptor writing;
};
pipe_ends make_pipe();
/// What one call moved, or the error number that says why nothing.
struct moved {
  std::size_t count = 0;
  int error = 0;
};
moved read_now(int fd, std::span<std::byte> into) noexcept;
/// Raises no SIGPIPE.
moved write_now(int fd, std::span<const std::byte> from) noexcept;
/// Reading and writing never wait from here on.
void make_impatient(int fd);
void wait_writable(int fd);
/// Sleeps until there is something to read (or the end is near).
void wait_readable(int fd);
bool is_readable(int fd) noexcept;

/// A mapping of shared memory, unmapped in the destructor.
class mapping {
 public:
  mapping() noexcept = default;
  /// `bytes` may exceed what is there yet (address space for growth); touching only what exists is
  /// up to the caller.
  mapping(int fd, std::size_t bytes, bool writable);
  mapping(mapping&& other) noexcept;
  mapping& operator=(mapping&& other) noexcept;
  ~mapping();
  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  explicit operator bool() const noexcept { return data_ != nullptr; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// How a process ended: exactly one of the two is meaningful.
struct ended {
  int code = 0;
  int signal = 0;
};
sys::descriptor open_process(int pid);
inline constexpr int ask_to_end = 15;  // SIGTERM
inline constexpr int end_now = 9;      // SIGKILL
void send_signal(int process_fd, int signal) noexcept;
void signal_group(int pid, int signal) noexcept;
void kill_group(int pid) noexcept;
bool has_ended(int process_fd) noexcept;
/// Collects the status of a child that has ended. Nobody else can take it if it is an invisible
/// one; of others the kernel tells it all the same (since 6.15).
ended reap(int process_fd) noexcept;
/// Has nobody collected it yet? Its number is its own as long.
bool is_uncollected(int process_fd) noexcept;
/// Waits for its end until the deadline.
bool wait_ended(int process_fd, time_point deadline) noexcept;
std::string signal_text(int signal);

/// A bell: ring() makes wait_for_any return; silence() before looking at what was announced.
sys::descriptor make_bell();
void ring(int bell) noexcept;
void silence(int bell) noexcept;

/// One epoll: descriptors with the value each was registered under.
class poll_set {
 public:
  static constexpr std::size_t ready_max = 64;  ///< values that one wait gives
  poll_set();
  void add(int fd, std::uint64_t value);
  /// A bell that tells every ring by itself: it need not be silenced, so it is never read. Whoever
  /// shares it could make reading wait.
  void add_bell(int fd, std::uint64_t value);
  void remove(int fd) noexcept;
  /// Sleeps until something is readable or the deadline passed; gives the values of what is.
  void wait(time_point deadline, std::vector<std::uint64_t>& ready);

 private:
  std::size_t look(time_point deadline, std::vector<std::uint64_t>& ready);
  sys::descriptor fd_;
};

/// The function that `address` lies in, demangled, read from symbol tables; "function at
/// PROGRAM+0x12" without one. Slow: for error texts.
std::string function_name(const void* address);
/// The same, kept for the next time somebody on this thread asks: modules that close are not seen.
const std::string& kept_function_name(const void* address);
/// Its module and how far from that's beginning: `program+0x12`.
std::string place_of(const void* address);

/// Modules of this process, the program first, as wire::module_map wants them.
struct loaded_module {
  std::string path;
  std::string build_id;  ///< raw bytes; empty if it was linked without
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};
std::vector<loaded_module> loaded_modules();
/// Where its file is, whatever folder this process goes to; the path itself if there is none.
std::string real_path(const std::string& path);
/// Opens a module for good. Throws tutti::error with the loader's reason.
void open_module(const std::string& path);

void limit_memory(std::size_t bytes) noexcept;
/// From here on this process may compute for so long, rounded up to a second; then it dies of
/// `cpu_time_is_up`.
void limit_cpu_time(std::uint64_t seconds) noexcept;
inline constexpr int cpu_time_is_up = 24;  // SIGXCPU
/// Freed memory stays with this process: the next large call needs no fresh pages.
void keep_freed_memory() noexcept;
/// Bytes of memory this process has now; peak_resident() counts from here. 0: it cannot be read.
std::size_t resident_from_now_on() noexcept;
/// The most it has had since.
std::size_t peak_resident() noexcept;
void forbid_core_dump() noexcept;
void forbid_new_privileges() noexcept;
void name_this_process(std::string_view name) noexcept;
void flush_output() noexcept;
/// Standard output is written out after every line, wherever it goes.
void end_lines_at_once() noexcept;
/// Standard output and error are this pipe from now on.
void write_output_to(sys::descriptor pipe) noexcept;
[[noreturn]] void leave(int code) noexcept;
/// Text to stderr in one write.
void complain(std::string_view text) noexcept;

}  // namespace tutti::detail::os
