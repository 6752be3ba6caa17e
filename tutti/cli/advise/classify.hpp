// From figures to a verdict: the rules, each with its threshold and the number that fired it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tutti/cli/advise/figures.hpp>

namespace tutti::cli::advise {

enum class kind : unsigned char {
  none,  ///< too little was seen
  cpu_serial,
  cpu_parallel,  ///< several threads compute and there are CPUs to spare
  saturated,
  syscall_bound,
  network_serial,
  network_overlapped,
  mixed,
  disk,
  lock_bound,
  idle_pool,
  children,
  timer,
  event_loop,
  interpreter_lock,
  idle_server,
  stopped,
  unclear,
};
inline constexpr std::size_t kind_count = 18;
const char* kind_name(kind k);   ///< "network_serial", for JSON
const char* kind_words(kind k);  ///< "network wait, one at a time"

enum class confidence : unsigned char { low, medium, high };
const char* confidence_name(confidence c);

struct verdict {
  kind what = kind::none;
  int rule = 0;                 ///< as numbered in docs/guide/choosing.md
  std::string fired_by;         ///< the sentence with the number
  cause wait = cause::unknown;  ///< the wait that matters, for mixed and network
  confidence sure = confidence::low;
  std::vector<std::string> reasons;  ///< why it is not surer
  bool is_machine_busy = false;
  std::string busy_because;
  std::vector<std::string>
      remarks;  ///< further rules that hold besides (interpreter lock, idle threads, switches)
};

/// Thresholds, each derived from the corpus in test/advise (docs/guide/choosing.md tells how far
/// the corpus is from it).
namespace limit {
inline constexpr double wall_min_s = 0.5;
inline constexpr double looks_min = 50;
inline constexpr double busy_neighbours = 0.25;  ///< of the allowed CPUs
inline constexpr double busy_steal = 0.05;
inline constexpr double cpu_demand_min = 0.8;
inline constexpr double serial_demand_max = 1.3;
inline constexpr double full_share = 0.85;  ///< of the allowed CPUs
inline constexpr double kernel_share_min = 0.5;
inline constexpr double network_of_blocked = 0.6;
inline constexpr double overlapped_min = 1.3;  ///< waits at once
inline constexpr double mixed_min = 0.2;
inline constexpr double disk_of_blocked = 0.5;
inline constexpr double lock_share_min = 0.3;  ///< of the life of counted threads
inline constexpr double lock_waiters_min = 0.5;
inline constexpr double pool_of_blocked = 0.6;
inline constexpr double pool_waiters_min = 2;
inline constexpr double children_min = 0.5;  ///< parents waiting at once
inline constexpr double pipes_min = 0.3;
inline constexpr double timer_of_blocked = 0.6;
inline constexpr double loop_full = 0.8;
inline constexpr double disagreement_max = 0.15;
}  // namespace limit

verdict classify(const figures& f, const machine_facts& m);

}  // namespace tutti::cli::advise
