// Looks at a tree of processes again and again and adds up what it sees. The only part of advise
// that reads PID folders.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <tutti/cli/advise/calls.hpp>
#include <tutti/cli/advise/observation.hpp>
#include <tutti/cli/advise/proc_text.hpp>
#include <tutti/sys/procfs.hpp>

namespace tutti::cli::advise {

/// What the live view shows of one thread.
struct live_thread {
  int pid = 0;
  int tid = 0;
  std::string name;
  double on_cpu_share = 0;  ///< of its life so far
  double wanted_share = 0;
  cause now = cause::unknown;
  bool is_running = false;
};

/// Threads:  one thread.
/// Lifetime: keeps descriptors into the watched processes' folders until destroyed.
/// Order:    times are given by the caller, in seconds since the observation began, and must not go
/// back.
class sampler {
 public:
  struct settings {
    std::string root = "/proc";
    double boot_s_at_begin = 0;  ///< seconds since boot when the observation began
    double ticks_per_second = 100;
    std::size_t descriptors_max = 256;  ///< how many files may be kept open
    bool is_foreign = false;            ///< threads that exist at the first round began before us
    bool may_read_memory = true;        ///< poll sets; false for recorded trees
    int own_pid = 0;  ///< orphans of the program become our children: looked for there; 0: do not
    std::set<int> not_ours;  ///< children we had before the program began: none of its own
  };
  /// Children of this process now: read before the program begins, for `not_ours`.
  static std::set<int> children_of(const std::string& root, int pid);
  explicit sampler(settings with);
  ~sampler();
  sampler(const sampler&) = delete;
  sampler& operator=(const sampler&) = delete;

  /// Starts to watch this process and everything below it.
  void add_process(int pid, int parent, double now_s);

  /// One round: looks at no more than `visits_max` threads, the ones not looked at for longest;
  /// answers how many.
  std::size_t round(double now_s, std::size_t visits_max);
  /// Finds new threads and children, forgets ended ones. `thorough` asks every thread for children,
  /// not only the first.
  void discover(double now_s, bool thorough);
  /// Reads the slow figures (switches, faults, bytes) of everything.
  void read_slow_figures(double now_s);

  bool is_anything_alive() const { return !live_.empty(); }
  std::size_t living_threads() const { return live_.size(); }
  /// As many as the last discovery counted, watched or not.
  std::size_t threads_there() const { return threads_there_; }
  std::size_t living_processes() const;
  std::vector<live_thread> snapshot(std::size_t most) const;

  /// Ends the observation and gives it away; the sampler is empty afterwards.
  observation finish(double now_s);

 private:
  struct thread_state;
  struct process_state;
  using thread_ptr = std::unique_ptr<thread_state>;

  void add_thread(process_state& process, int tid, double now_s);
  bool look(thread_state& t, double now_s);
  void look_at_call(thread_state& t);
  void apply_call(thread_state& t, const syscall_line& line);
  void look_at_state(thread_state& t);
  cause kind_of(int pid, std::uint64_t descriptor) const;
  cause kind_of_poll_set(int pid, const syscall_line& line) const;
  cause kind_of_select_set(int pid, const syscall_line& line) const;
  void account(thread_state& t, double now_s, const schedstat_line& now);
  void draw(thread_state& t, double span, double ran, double wanted, double now_s);
  void count_crowds(double span_s);
  void end_thread(thread_state& t);
  void end_process(process_state& p, double now_s);
  void read_slow(thread_state& t, process_state& p);
  void read_process(process_state& p);
  void fold(const thread_record& ended);
  void widen_buckets(double now_s);
  std::string path(int pid, std::string_view rest) const;
  std::string path(int pid, int tid, std::string_view rest) const;
  void note_once(std::string sentence);

  settings with_;
  std::unordered_map<int, std::unique_ptr<process_state>> processes_;
  std::vector<thread_ptr> live_;
  std::size_t next_ = 0;
  std::size_t threads_there_ = 0;
  std::size_t kept_open_ = 0;
  double last_crowd_s_ = 0;
  std::map<std::pair<int, std::uint64_t>, crowd_record> crowds_;
  std::map<std::string, std::size_t> folded_;
  std::set<std::string> noted_;
  observation out_;
};

}  // namespace tutti::cli::advise
