#include <tutti/sys/atomic.hpp>
#include <tutti/sys/topology.hpp>

#include <sched.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>

#include <tutti/sys/atomic.hpp>

namespace tutti::sys {
namespace {

using file = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

std::string first_line(const std::string& path) {
  const file f(std::fopen(path.c_str(), "re"), &std::fclose);
  char line[512];
  if (!f || std::fgets(line, sizeof line, f.get()) == nullptr) return {};
  std::string text(line);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

/// The path of this process in the hierarchy whose controller list is `controllers` ("" for version
/// 2).
std::string own_group(const std::string& controllers) {
  const file f(std::fopen("/proc/self/cgroup", "re"), &std::fclose);
  char line[4096];
  while (f && std::fgets(line, sizeof line, f.get()) != nullptr) {
    const std::string text(line);
    const auto first = text.find(':');
    const auto second = text.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string names = "," + text.substr(first + 1, second - first - 1) + ",";
    const bool hit = controllers.empty() ? names == ",,"
                                         : names.find("," + controllers + ",") != std::string::npos;
    if (hit) return text.substr(second + 1, text.find('\n') - second - 1);
  }
  return {};
}

/// CPUs that the quotas from `group` up to the root allow; infinite when none is set.
template <class Read>
double lowest_quota(std::string group, Read read) {
  double lowest = HUGE_VAL;
  for (;;) {
    lowest = std::min(lowest, read(group));
    if (group.empty() || group == "/") return lowest;
    group.erase(std::min(group.rfind('/'), group.size()));
  }
}

double quota_v2() {
  return lowest_quota(own_group(""), [](const std::string& group) {
    long long quota = 0;
    long long period = 0;
    const std::string text = first_line("/sys/fs/cgroup" + group + "/cpu.max");
    if (std::sscanf(text.c_str(), "%lld %lld", &quota, &period) != 2 || period <= 0)
      return HUGE_VAL;
    return static_cast<double>(quota) / static_cast<double>(period);
  });
}

double quota_v1() {
  return lowest_quota(own_group("cpu"), [](const std::string& group) {
    for (const char* root : {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"}) {
      const std::string quota = first_line(root + group + "/cpu.cfs_quota_us");
      const std::string period = first_line(root + group + "/cpu.cfs_period_us");
      if (quota.empty() || period.empty()) continue;
      const double q = std::atof(quota.c_str());
      const double p = std::atof(period.c_str());
      if (q > 0 && p > 0) return q / p;
    }
    return HUGE_VAL;
  });
}

unsigned by_affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;  // more than CPU_SETSIZE processors
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace

namespace {
constinit atomic<unsigned> all_parties{1};  // relaxed: a number on its own
}  // namespace

void share_cores(unsigned parties) noexcept {
  if (parties > 1) all_parties.store(all_parties.load(relaxed) * parties, relaxed);
}

unsigned effective_cores() noexcept try {
  const unsigned parties = all_parties.load(relaxed);
  const double quota = std::min(quota_v2(), quota_v1());
  const unsigned affinity = by_affinity();
  if (quota >= affinity) return std::max(1U, affinity / parties);
  return std::max(1U, static_cast<unsigned>(std::ceil(quota)) / parties);
} catch (...) {
  return 1;
}

}  // namespace tutti::sys
