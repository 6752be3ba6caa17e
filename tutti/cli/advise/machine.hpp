// What the machine was doing meanwhile: read once before and once after, subtracted. Reading only;
// no judgement.
#pragma once

#include <string>

#include <tutti/cli/advise/observation.hpp>
#include <tutti/cli/advise/proc_text.hpp>

namespace tutti::cli::advise {

/// Counters of the whole machine and of the program's cgroup at one moment.
struct machine_reading {
  cpu_line cpu;
  unsigned cpus = 0;
  pressure_lines psi_cpu, psi_io, psi_memory;
  bool has_psi = false;
  double throttled_s = 0;
  double quota_cpus = 0;  ///< 0: none
  double memory_available = 0;
  double memory_limit = 0;
};

/// Reads everything; `proc` and `sysfs_root` are "/proc" and "" outside of tests (recorded trees).
/// `pid` says whose cgroup, 0: our own. Both cgroup versions are looked at, from the group up to
/// the root.
machine_reading read_machine(const std::string& proc, const std::string& sysfs_root, int pid);

/// The difference of two readings. `program_cpu_s` and `observer_cpu_s` are what the program and we
/// used in between, so that the rest is the neighbours'.
machine_facts facts_between(const machine_reading& before, const machine_reading& after,
                            double wall_s, double ticks_per_second, double program_cpu_s,
                            double observer_cpu_s);

/// The soft limit of descriptors of that process; 0 when not readable.
double descriptors_limit_of(const std::string& proc, int pid);

}  // namespace tutti::cli::advise
