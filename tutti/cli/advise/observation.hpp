// What was seen of a program: plain numbers, no judgement. Made by the sampler, read by figures.cpp
// and the reports.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tutti::cli::advise {

/// What a thread that is off the CPU waits for.
enum class cause : unsigned char {
  socket,     ///< data or room on a socket, a connection being made
  accept,     ///< a client that has not come yet
  event,      ///< many descriptors at once: epoll, poll, select, io_uring
  file,       ///< storage: reading, writing, fsync, names, page faults
  pipe,       ///< the other end of a pipe
  child,      ///< a child process
  futex,      ///< another thread: a lock, a condition, a join
  timer,      ///< time to pass
  terminal,   ///< a person
  file_lock,  ///< a lock on a file, a System V semaphore or message
    signal,     ///< a signal: sigsuspend, pause; how a master process waits
  stopped,    ///< SIGSTOP, a debugger
  other,      ///< something else that has a name in the kernel
  unknown,    ///< blocked, and we were not allowed or too late to see why
};
inline constexpr std::size_t cause_count = 14;
constexpr std::size_t index_of(cause c) { return static_cast<std::size_t>(c); }
const char* cause_name(cause c);   ///< one word, for JSON
const char* cause_words(cause c);  ///< for people: "waiting for sockets"

/// Seconds (or looks) by cause.
using by_cause = std::array<double, cause_count>;

/// One column of the timeline of one thread.
struct bucket {
  float on_cpu_s = 0;
  float wanted_s = 0;
  float blocked_s = 0;
  std::array<float, cause_count>
      looks_s{};  ///< how long looks found each cause; they divide blocked_s only
};

/// One address some thread slept on.
struct futex_place {
  std::uint64_t address = 0;
  double seconds = 0;
  bool is_mutex_like =
      false;  ///< plain wait for the value 2, as glibc's mutex does; conditions and joins do not
};

struct thread_record {
  int pid = 0;
  int tid = 0;
  std::string name;
  double begin_s = 0;  ///< within the observation
  double end_s = 0;
  bool has_ended = false;
  double on_cpu_s = 0;  ///< exact, schedstat
  double wanted_s = 0;  ///< exact, schedstat: runnable without a CPU
  by_cause blocked_looks_s{};
  double running_looks_s = 0;  ///< looks that found it running or runnable
  double disk_sleep_looks_s = 0;
  std::uint64_t looks = 0;
  std::uint64_t slices = 0;
  std::uint64_t voluntary = 0;
  std::uint64_t involuntary = 0;
  std::vector<futex_place> futexes;  ///< at most futexes_max, the longest
  bool was_in_epoll = false;
  std::uint64_t called_fsync = 0;  ///< looks
  std::vector<bucket> timeline;    ///< empty for threads beyond the first few hundred
  std::uint64_t folded_threads =
      0;  ///< > 0: this stands for that many short-lived threads of the same name
};
inline constexpr std::size_t futexes_max = 8;

struct process_record {
  int pid = 0;
  int parent = 0;
  std::string name;
  std::string program;  ///< the file it runs, empty when we may not see it
  double begin_s = 0;
  double end_s = 0;
  bool has_ended = false;
  double user_s = 0;
  double kernel_s = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t read_calls = 0;
  std::uint64_t write_calls = 0;
  std::uint64_t peak_rss_kib = 0;
  unsigned threads_max = 0;
  unsigned sockets_max = 0;
  bool has_epoll = false;
  unsigned cpus_allowed = 0;  ///< by its affinity mask; 0: not seen
};

/// Threads of one process that slept on the same address at the same time.
struct crowd_record {
  int pid = 0;
  std::uint64_t address = 0;
  double waiter_seconds = 0;
  double crowded_s = 0;  ///< time with at least two of them
  unsigned waiters_max = 0;
};

struct observation {
  std::string command;
  bool is_foreign = false;  ///< --pid: we came late and may see less
  double wall_s = 0;
  std::uint64_t ticks = 0;
  std::uint64_t looks = 0;
  double observer_cpu_s = 0;
  unsigned runs = 1;
  std::vector<thread_record> threads;
  std::vector<process_record> processes;
  std::vector<crowd_record> crowds;
  by_cause waiting_at_once_s{};  ///< thread-seconds, from the state of all threads at each tick
  std::array<unsigned, cause_count> waiting_at_once_max{};
  unsigned threads_at_once_max = 0;
  unsigned processes_at_once_max = 0;
  std::uint64_t threads_seen = 0;
  std::uint64_t processes_seen = 0;
  double bucket_s = 0;

  // What the kernel told when the program ended (launched programs only).
  bool has_ended = false;
  double total_user_s = 0;
  double total_kernel_s = 0;
  long total_voluntary = 0;
  long total_involuntary = 0;
  long peak_rss_kib = 0;

  std::vector<std::string> notes;  ///< whole sentences: what could not be seen and why
};

/// Adds a further run of the same program. The timeline stays that of the first run.
void add_run(observation& sum, observation&& run);

/// The machine around it.
struct machine_facts {
  unsigned cpus_seen = 1;      ///< online
  unsigned cpus_allowed = 1;   ///< affinity mask and cgroup quota
  double quota_cpus = 0;       ///< 0: no cgroup limit
  double effective_cores = 0;  ///< measured; 0: not measured
  double neighbour_cpus = 0;   ///< CPUs used by everybody else meanwhile
  double steal_share = 0;      ///< of all CPU time
  double throttled_s = 0;
  double psi_cpu = -1;  ///< share of the time; -1: not readable
  double psi_io = -1;
  double psi_memory = -1;
  double memory_available = 0;   ///< bytes
  double memory_limit = 0;       ///< bytes; 0: no cgroup limit
  double descriptors_limit = 0;  ///< of the program; 0: not readable
};

}  // namespace tutti::cli::advise
