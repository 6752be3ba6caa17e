// From an observation to the few numbers the rules look at. Pure: no clock, no file, the same
// answer every time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tutti/cli/advise/observation.hpp>

namespace tutti::cli::advise {

/// One thread's time, divided: life = on CPU + wanted + blocked, and blocked by cause.
struct thread_share {
  double life_s = 0;
  double on_cpu_s = 0;
  double wanted_s = 0;
  double blocked_s = 0;
  by_cause blocked_by{};
  bool is_dormant = false;  ///< sleeps all the time on its own threads or children: it only holds
                            ///< the program together
};
thread_share divide(const thread_record& record, double wall_s);

struct figures {
  double wall_s = 0;
  std::uint64_t looks = 0;
  unsigned runs = 1;
  double observer_share = 0;  ///< CPU time of the observer by wall time

  // Threads that count (all but dormant ones; all, when every thread is dormant).
  double threads_counted = 0;
  double threads_dormant = 0;
  double threads_at_once = 0;    ///< mean number alive, dormant ones too
  double processes_at_once = 0;  ///< mean number alive
  double threads_seen = 0;
  double processes_seen = 0;
  double life_s = 0;
  double on_cpu_s = 0;
  double wanted_s = 0;
  double blocked_s = 0;
  by_cause blocked_by{};
  by_cause blocked_by_all{};  ///< the same with dormant threads
  double unseen_cpu_s = 0;    ///< CPU time of processes too short-lived to be seen

  double used = 0;               ///< CPUs' worth of running, per second of wall time
  double demand = 0;             ///< CPUs' worth of running and wanting to run
  double kernel_share = 0;       ///< of the CPU time
  double top_process_share = 0;  ///< of the demand
  double top_thread_share = 0;   ///< of the demand
  double busiest_thread =
      0;  ///< largest (on CPU + wanted) / life among threads that lived through half of it

  double sockets_at_once = 0;  ///< mean number of threads waiting for a socket
  double sockets_at_once_max = 0;
  double files_at_once = 0;
  double pipes_at_once = 0;
  double pipe_demand_share = 0;  ///< of the demand, how much comes from threads that sleep in pipes
  double children_at_once = 0;
  double futexes_at_once = 0;

  double crowd_waiters = 0;  ///< mean number of threads on the most waited-for address
  double crowd_waiters_max = 0;
  double crowd_share = 0;         ///< of all futex waiting
  double crowd_demand_share = 0;  ///< of the demand, how much comes from threads that wait there
  bool crowd_is_mutex = false;

  double loops = 0;              ///< threads that are event loops
  double loop_busy = 0;          ///< (on CPU + wanted) / life of the busiest
  double loop_demand_share = 0;  ///< of the demand, how much comes from loops

  double voluntary_per_s = 0;
  double involuntary_per_s = 0;
  double voluntary = 0;
  double involuntary = 0;
  double mean_wait_s = 0;  ///< blocked time by voluntary switches, of counted threads
  double faults_per_s = 0;
  double major_faults_per_s = 0;
  double file_calls_per_s = 0;     ///< read and write calls
  double written_bytes_per_s = 0;  ///< to storage
  double read_bytes_per_s = 0;     ///< from storage
  double fsync_looks = 0;
  double peak_rss_bytes = 0;

  std::string interpreter;  ///< "python" or "ruby" when the busiest process is one that has an
                            ///< interpreter lock
  std::string busiest_process;

  double looks_blocked_share = 0;      ///< of the time looks stand for
  double accounted_blocked_share = 0;  ///< of life
  double disagreement() const {
    const double d = looks_blocked_share - accounted_blocked_share;
    return d < 0 ? -d : d;
  }
  double cpu_share() const { return life_s > 0 ? (on_cpu_s + wanted_s) / life_s : 0; }
  double share(cause c) const { return life_s > 0 ? blocked_by[index_of(c)] / life_s : 0; }
  double of_blocked(cause c) const {
    return blocked_s > 0 ? blocked_by[index_of(c)] / blocked_s : 0;
  }
};

figures figures_of(const observation& seen);

/// "python" for python3.11, "ruby" for ruby3.1; empty for anything else, also for a free-threaded
/// python3.13t.
std::string interpreter_of(std::string_view program_or_name);

}  // namespace tutti::cli::advise
