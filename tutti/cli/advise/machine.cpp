#include <tutti/cli/advise/machine.hpp>

#include <algorithm>

#include <tutti/sys/procfs.hpp>

namespace tutti::cli::advise {
namespace {

std::string text_of(const std::string& path) { return sys::read_text(path).value_or(""); }

// Calls `look` with the folder of the group and of every group above it, up to the mount point.
template <class Look>
void upwards(const std::string& mount, std::string group, Look look) {
  constexpr int depth_max = 64;
  for (int depth = 0; depth < depth_max; ++depth) {
    look(mount + (group == "/" ? "" : group));
    if (group.empty() || group == "/") return;
    group.erase(std::min(group.rfind('/'), group.size()));
  }
}

void lower_to(double& limit, double candidate) {
  if (candidate > 0 && (limit <= 0 || candidate < limit)) limit = candidate;
}

void read_cgroup(const std::string& proc, const std::string& sysfs_root, int pid,
                 machine_reading& out) {
  const std::string who = pid > 0 ? std::to_string(pid) : "self";
  const cgroup_paths group = parse_cgroup(text_of(proc + "/" + who + "/cgroup"));
  const cgroup_paths mount = parse_mounts(text_of(proc + "/" + who + "/mounts"));
  constexpr double no_limit = 1e15;  // version 1 says "no limit" with a number near 2^63
  if (!group.unified.empty() && !mount.unified.empty()) {
    bool is_own = true;
    upwards(sysfs_root + mount.unified, group.unified, [&out, &is_own](const std::string& folder) {
      lower_to(out.quota_cpus, parse_cpu_max(text_of(folder + "/cpu.max")).value_or(0));
      const auto memory = parse_number(text_of(folder + "/memory.max"));
      if (memory && static_cast<double>(*memory) < no_limit)
        lower_to(out.memory_limit, static_cast<double>(*memory));
      if (is_own) out.throttled_s += parse_throttled_s(text_of(folder + "/cpu.stat")).value_or(0);
      is_own = false;
    });
  }
  if (!group.cpu.empty() && !mount.cpu.empty()) {
    bool is_own = true;
    upwards(sysfs_root + mount.cpu, group.cpu, [&out, &is_own](const std::string& folder) {
      const std::string quota = text_of(folder + "/cpu.cfs_quota_us");
      lower_to(out.quota_cpus,
               parse_cfs_quota(quota, text_of(folder + "/cpu.cfs_period_us")).value_or(0));
      if (is_own) out.throttled_s += parse_throttled_s(text_of(folder + "/cpu.stat")).value_or(0);
      is_own = false;
    });
  }
  if (!group.memory.empty() && !mount.memory.empty()) {
    upwards(sysfs_root + mount.memory, group.memory, [&out](const std::string& folder) {
      const auto memory = parse_number(text_of(folder + "/memory.limit_in_bytes"));
      if (memory && static_cast<double>(*memory) < no_limit)
        lower_to(out.memory_limit, static_cast<double>(*memory));
    });
  }
}

double share_of(std::uint64_t after, std::uint64_t before, double wall_s) {
  if (wall_s <= 0 || after < before) return 0;
  return std::min(1.0, static_cast<double>(after - before) * 1e-6 / wall_s);
}

}  // namespace

machine_reading read_machine(const std::string& proc, const std::string& sysfs_root, int pid) {
  machine_reading out;
  const std::string stat = text_of(proc + "/stat");
  out.cpu = parse_cpu(stat).value_or(cpu_line{});
  out.cpus = count_cpus(stat);
  const auto cpu = parse_pressure(text_of(proc + "/pressure/cpu"));
  out.has_psi = cpu.has_value();
  out.psi_cpu = cpu.value_or(pressure_lines{});
  out.psi_io = parse_pressure(text_of(proc + "/pressure/io")).value_or(pressure_lines{});
  out.psi_memory = parse_pressure(text_of(proc + "/pressure/memory")).value_or(pressure_lines{});
  const auto available = parse_meminfo(text_of(proc + "/meminfo"), "MemAvailable");
  out.memory_available = static_cast<double>(available.value_or(0));
  read_cgroup(proc, sysfs_root, pid, out);
  return out;
}

machine_facts facts_between(const machine_reading& before, const machine_reading& after,
                            double wall_s, double ticks_per_second, double program_cpu_s,
                            double observer_cpu_s) {
  machine_facts m;
  m.cpus_seen = std::max(1U, after.cpus);
  m.cpus_allowed = m.cpus_seen;
  m.quota_cpus = after.quota_cpus;
  m.memory_available = after.memory_available;
  m.memory_limit = after.memory_limit;
  m.throttled_s = std::max(0.0, after.throttled_s - before.throttled_s);
  const auto since = [](std::uint64_t now, std::uint64_t then) {
    return now > then ? static_cast<double>(now - then) : 0.0;
  };
  const double busy = since(after.cpu.busy, before.cpu.busy);
  const double idle = since(after.cpu.idle, before.cpu.idle);
  const double steal = since(after.cpu.steal, before.cpu.steal);
  if (busy + idle + steal > 0) m.steal_share = steal / (busy + idle + steal);
  if (wall_s > 0 && ticks_per_second > 0) {
    const double others = busy / ticks_per_second - program_cpu_s - observer_cpu_s;
    m.neighbour_cpus = std::max(0.0, others / wall_s);
  }
  if (before.has_psi && after.has_psi) {
    m.psi_cpu = share_of(after.psi_cpu.some_us, before.psi_cpu.some_us, wall_s);
    m.psi_io = share_of(after.psi_io.some_us, before.psi_io.some_us, wall_s);
    m.psi_memory = share_of(after.psi_memory.some_us, before.psi_memory.some_us, wall_s);
  }
  return m;
}

double descriptors_limit_of(const std::string& proc, int pid) {
  const auto limit =
      parse_limit(text_of(proc + "/" + std::to_string(pid) + "/limits"), "Max open files");
  return limit ? static_cast<double>(*limit) : 0;
}

}  // namespace tutti::cli::advise
