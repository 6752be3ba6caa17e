#include <tutti/cli/advise/watch.hpp>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>

#include <tutti/base/clock.hpp>
#include <tutti/cli/advise/governor.hpp>
#include <tutti/cli/advise/machine.hpp>
#include <tutti/sys/procfs.hpp>
#include <tutti/sys/topology.hpp>

namespace tutti::cli::advise {
namespace {

const std::string proc = "/proc";

double seconds_between(time_point from, time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// Everything one observation needs, from the first look to the last.
class session {
 public:
  session(bool is_foreign, int pid, live_view::mode how, const std::string& command,
          std::set<int> not_ours)
      : pid_(pid),
        begin_(clock::now()),
        cpu_before_(sys::own_cpu_seconds()),
        before_(read_machine(proc, "", pid)),
        sampler_(settings(is_foreign, std::move(not_ours))),
        view_(how, command, stderr, screen::of(stderr)) {}

  void begin() {
    // The program may have begun a moment before our clock was read; it is not allowed to have
    // begun before zero.
    sampler_.add_process(pid_, 0, now());
    descriptors_ = descriptors_limit_of(proc, pid_);
    sampler_.round(now(), governor_.visits_max());
  }

  double now() const { return seconds_between(begin_, clock::now()); }
  duration until_next() const {
    const double s = governor_.interval_s(now(), sys::own_cpu_seconds() - cpu_before_);
    return std::chrono::nanoseconds(static_cast<long long>(s * 1e9));
  }

  void step() {
    const double start = sys::own_cpu_seconds();
    const double at = now();
    const std::size_t visited = sampler_.round(at, governor_.visits_max());
    const double rounded = sys::own_cpu_seconds();
    governor_.after_round(rounded - start, visited);
    // Looking for newcomers and slow figures waits while too much has been spent already.
    const bool is_broke = at > 0.2 && rounded - cpu_before_ > 0.008 * at;
    if (at >= next_discovery_ && !is_broke) {
      sampler_.discover(at, ++discoveries_ % 8 == 0);
      const double cost = sys::own_cpu_seconds() - rounded;
      next_discovery_ = at + std::clamp(cost / 0.0015, 0.02, 5.0);
    }
    if (at >= next_slow_ && !is_broke) {
      const double slow_start = sys::own_cpu_seconds();
      sampler_.read_slow_figures(at);
      const double cost = sys::own_cpu_seconds() - slow_start;
      next_slow_ = at + std::clamp(cost / 0.001, 0.25, 5.0);
    }
    view_.update(at, sampler_);
  }

  // The program has just ended and is still a zombie: its last figures can be read once more.
  void last_look() {
    // A tree of thousands is not listed once more only because one of it ended.
    constexpr std::size_t few = 500;
    if (sampler_.threads_there() <= few) sampler_.discover(now(), true);
    sampler_.read_slow_figures(now());
    sampler_.round(now(), 1U << 20U);
  }

  // Whoever ended between two lines of one look has handed its children to us after we read the
  // list of ours: a program that forks away twice is found by the second or third look.
  void look_for_orphans() {
    constexpr int looks_max = 4;
    for (int i = 0; i < looks_max; ++i) {
      last_look();
      if (is_anything_alive()) return;
    }
  }

  bool is_anything_alive() const { return sampler_.is_anything_alive(); }
  std::size_t living_processes() const { return sampler_.living_processes(); }

  void finish(watched& out) {
    view_.erase();
    const double wall = now();
    observation seen = sampler_.finish(wall);
    seen.observer_cpu_s = sys::own_cpu_seconds() - cpu_before_;
    double program_cpu = 0;
    unsigned allowed = 0;
    for (const thread_record& t : seen.threads) program_cpu += t.on_cpu_s;
    for (const process_record& p : seen.processes) allowed = std::max(allowed, p.cpus_allowed);
    program_cpu = std::max(program_cpu, out.seen.total_user_s + out.seen.total_kernel_s);
    const machine_reading after = read_machine(proc, "", sys::is_alive(pid_) ? pid_ : 0);
    out.machine = facts_between(before_, after, wall, static_cast<double>(sys::ticks_per_second()),
                                program_cpu, seen.observer_cpu_s);
    if (before_.quota_cpus > 0) out.machine.quota_cpus = before_.quota_cpus;
    out.machine.cpus_allowed =
        allowed > 0 ? std::min(allowed, out.machine.cpus_seen) : sys::effective_cores();
    if (out.machine.quota_cpus > 0) {
      const auto quota =
          static_cast<unsigned>(std::max(1.0, std::ceil(out.machine.quota_cpus - 0.05)));
      out.machine.cpus_allowed = std::min(out.machine.cpus_allowed, quota);
    }
    out.machine.descriptors_limit = descriptors_;
    seen.has_ended = out.seen.has_ended;
    seen.total_user_s = out.seen.total_user_s;
    seen.total_kernel_s = out.seen.total_kernel_s;
    seen.total_voluntary = out.seen.total_voluntary;
    seen.total_involuntary = out.seen.total_involuntary;
    seen.peak_rss_kib = out.seen.peak_rss_kib;
    out.seen = std::move(seen);
  }

 private:
  sampler::settings settings(bool is_foreign, std::set<int> not_ours) const {
    sampler::settings s;
    s.not_ours = std::move(not_ours);
    s.root = proc;
    s.boot_s_at_begin = sys::seconds_since_boot();
    s.ticks_per_second = static_cast<double>(sys::ticks_per_second());
    constexpr std::size_t kept_for_others = 64;
    constexpr std::size_t kept_max = 4000;
    s.descriptors_max = std::min(
        kept_max, sys::descriptors_max() - std::min(sys::descriptors_max(), kept_for_others));
    s.is_foreign = is_foreign;
    if (!is_foreign) s.own_pid = sys::own_pid();
    return s;
  }

  int pid_;
  time_point begin_;
  double cpu_before_;
  machine_reading before_;
  sampler sampler_;
  governor governor_;
  live_view view_;
  double next_discovery_ = 0;
  double next_slow_ = 0.05;
  unsigned discoveries_ = 0;
  double descriptors_ = 0;
};

live_view::mode mode_for(const watch_settings& with, bool shares_terminal) {
  if (with.is_quiet) return live_view::mode::silent;
  if (!screen::of(stderr).is_terminal) return live_view::mode::plain;
  // A program that writes to the same terminal would be overwritten by our lines: then only on
  // demand.
  if (shares_terminal && !with.wants_live) return live_view::mode::silent;
  return live_view::mode::redrawn;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  constexpr std::size_t shown_max = 200;
  for (const std::string& w : words) out += (out.empty() ? "" : " ") + w;
  if (out.size() > shown_max) out = out.substr(0, shown_max) + "...";
  return out;
}

void take_end(const sys::ended_child& end, watched& out) {
  out.seen.has_ended = end.has_ended;
  out.seen.total_user_s = end.user_s;
  out.seen.total_kernel_s = end.kernel_s;
  out.seen.total_voluntary = end.voluntary_switches;
  out.seen.total_involuntary = end.involuntary_switches;
  out.seen.peak_rss_kib = end.peak_rss_kib;
  if (!end.has_ended) return;
  out.exit_code = end.signal != 0 ? 128 + end.signal : end.exit_code;
  if (end.signal != 0) {
    out.ending = std::string("it was ended by signal ") + sys::signal_name(end.signal);
  } else if (end.exit_code != 0) {
    out.ending = "it ended with exit code " + std::to_string(end.exit_code);
  }
}

}  // namespace

watched watch_program(sys::foreign_child& child, const std::vector<std::string>& words,
                      const watch_settings& with) {
  watched out;
  const bool shares_terminal = screen::of(stdout).is_terminal;
  std::fflush(nullptr);
  std::set<int> not_ours = sampler::children_of(proc, sys::own_pid());
  const int why = child.start(words);
  if (why != 0) {
    out.exit_code = why == ENOENT ? 127 : 126;
    out.cannot = "cannot run '" + printable(words.front()) + "': " + std::strerror(why);
    if (why == ENOENT)
      out.cannot += "; is it spelled right and in PATH? A file here needs ./ before its name";
    if (why == EACCES) out.cannot += "; it is not an executable file (chmod +x)";
    return out;
  }
  session s(false, child.pid(), mode_for(with, shares_terminal), joined(words),
            std::move(not_ours));
  s.begin();
  const double most = std::chrono::duration<double>(with.at_most).count();
  const bool has_limit = with.at_most != duration::max();
  bool has_left = false;

  for (;;) {
    if (has_left) {
      child.sleep(s.until_next());
    } else {
      child.wait(s.until_next());
    }

    if (child.end().has_ended && !has_left) {
      has_left = true;
      s.look_for_orphans();
      if (!s.is_anything_alive()) break;
      if (!has_limit) {
        out.seen.notes.push_back(
            "the program ended and left " + std::to_string(s.living_processes()) +
            " processes in the background; with --for 30s they are watched, too");
        break;
      }
    }
    if (!child.end().has_ended && child.has_news()) s.last_look();
    s.step();
    if (has_left && !s.is_anything_alive()) s.look_for_orphans();
    if (has_left && (!s.is_anything_alive() || child.events().interrupted)) break;
    if (child.events().times >= 3 && !child.end().has_ended) {
      out.seen.notes.push_back(
          "the program goes on in spite of being interrupted; watching it stopped here");
      break;
    }
    if (has_limit && s.now() >= most) {
      out.is_cut_short = !child.end().has_ended;
      break;
    }
  }
  std::vector<std::string> notes = std::move(out.seen.notes);
  take_end(child.end(), out);
  if (out.is_cut_short) out.ending = "it still ran when --for was over, and is asked to end now";
  s.finish(out);
  out.seen.command = joined(words);
  out.seen.notes.insert(out.seen.notes.end(), notes.begin(), notes.end());
  out.is_interrupted = child.events().interrupted;
  return out;
}

watched watch_process(sys::foreign_child& signals, int pid, const watch_settings& with) {
  watched out;
  const auto stat =
      parse_stat(sys::read_text(proc + "/" + std::to_string(pid) + "/stat", 1024).value_or(""));
  if (!stat) {
    out.exit_code = 125;
    out.cannot =
        "there is no process " + std::to_string(pid) + " (any more); ps -e lists those there are";
    return out;
  }
  const std::string name = "process " + std::to_string(pid) + " (" + printable(stat->name) + ")";
  if (stat->state == 'Z') {
    out.exit_code = 125;
    out.cannot = name + " has ended already and only waits for its parent, process " +
                 std::to_string(stat->parent) + ", to collect it";
    return out;
  }
  session s(true, pid, mode_for(with, false), name, {});
  s.begin();
  const double most = std::chrono::duration<double>(with.at_most).count();
  while (s.is_anything_alive() && !signals.events().interrupted && s.now() < most) {
    signals.sleep(s.until_next());
    s.step();
  }
  if (!s.is_anything_alive()) out.ending = "it ended while it was watched";
  out.is_interrupted = signals.events().interrupted;
  s.finish(out);
  out.seen.command = name;
  return out;
}

}  // namespace tutti::cli::advise
