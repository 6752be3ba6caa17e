#include <tutti/cli/advise/figures.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace tutti::cli::advise {
namespace {

double part(double amount, double whole) { return whole > 0 ? amount / whole : 0; }

// Threads that only hold the program together: a main thread in join, a shell in wait, an idle
// helper.
bool sleeps_all_the_time(const thread_record& r, const thread_share& s) {
  constexpr double busy_max = 0.01;
  constexpr double wakes_per_s_max = 5;
  constexpr double one_cause_min = 0.95;
  if (s.life_s <= 0 || r.folded_threads > 0) return false;
  if ((s.on_cpu_s + s.wanted_s) / s.life_s > busy_max) return false;
  if (static_cast<double>(r.voluntary) / s.life_s > wakes_per_s_max) return false;
  const double held = s.blocked_by[index_of(cause::futex)] + s.blocked_by[index_of(cause::child)] +
                      s.blocked_by[index_of(cause::signal)] +
                      s.blocked_by[index_of(cause::stopped)];
  return held >= one_cause_min * s.blocked_s;
}

bool is_loop(const thread_record& r, const thread_share& s) {
  const double in_loop = s.blocked_by[index_of(cause::event)];
  return (r.was_in_epoll && in_loop >= 0.2 * s.blocked_s) ||
         (in_loop >= 0.5 * s.blocked_s && in_loop > 0);
}

struct counted {
  const thread_record* record = nullptr;
  thread_share share;
  double demand_s() const { return share.on_cpu_s + share.wanted_s; }
};

void add_crowd(const observation& seen, const std::vector<counted>& threads, double demand_s,
               figures& f) {
  if (seen.crowds.empty()) return;
  const crowd_record& top = seen.crowds.front();
  double all = 0;
  for (const crowd_record& c : seen.crowds) all += c.waiter_seconds;
  f.crowd_waiters = part(top.waiter_seconds, seen.wall_s);
  f.crowd_waiters_max = top.waiters_max;
  f.crowd_share = part(top.waiter_seconds, all);
  double from_waiters = 0;
  for (const counted& t : threads) {
    if (t.record->pid != top.pid) continue;
    const auto is_there = [&top](const futex_place& p) { return p.address == top.address; };
    const auto place = std::find_if(t.record->futexes.begin(), t.record->futexes.end(), is_there);
    if (place == t.record->futexes.end()) continue;
    // A glance is not a habit: only threads that spend a tenth of their sleep there count as its
    // waiters.
    if (place->seconds < 0.1 * t.share.blocked_by[index_of(cause::futex)]) continue;
    f.crowd_is_mutex = f.crowd_is_mutex || place->is_mutex_like;
    from_waiters += t.demand_s();
  }
  f.crowd_demand_share = part(from_waiters, demand_s);
}

void add_processes(const observation& seen, figures& f) {
  double user = seen.total_user_s;
  double kernel = seen.total_kernel_s;
  double faults = 0, major = 0, calls = 0, written = 0, read = 0, alive = 0;
  double rss = static_cast<double>(seen.peak_rss_kib);
  double busiest = -1;
  const bool has_totals = seen.has_ended && user + kernel > 0;
  for (const process_record& p : seen.processes) {
    if (!has_totals) {
      user += p.user_s;
      kernel += p.kernel_s;
    }
    faults += static_cast<double>(p.minor_faults);
    major += static_cast<double>(p.major_faults);
    calls += static_cast<double>(p.read_calls + p.write_calls);
    written += static_cast<double>(p.written_bytes);
    read += static_cast<double>(p.read_bytes);
    alive += std::max(0.0, p.end_s - p.begin_s);
    rss = std::max(rss, static_cast<double>(p.peak_rss_kib));
    if (p.user_s + p.kernel_s > busiest) {
      busiest = p.user_s + p.kernel_s;
      f.busiest_process = p.name;
      f.interpreter = interpreter_of(p.program.empty() ? p.name : p.program);
    }
  }
  f.kernel_share = part(kernel, user + kernel);
  f.faults_per_s = part(faults, seen.wall_s);
  f.major_faults_per_s = part(major, seen.wall_s);
  f.file_calls_per_s = part(calls, seen.wall_s);
  f.written_bytes_per_s = part(written, seen.wall_s);
  f.read_bytes_per_s = part(read, seen.wall_s);
  f.processes_at_once = part(alive, seen.wall_s);
  f.peak_rss_bytes = rss * 1024;
}

}  // namespace

std::string interpreter_of(std::string_view program_or_name) {
  const std::size_t slash = program_or_name.rfind('/');
  std::string_view name =
      slash == program_or_name.npos ? program_or_name : program_or_name.substr(slash + 1);
  if (name.ends_with(" (deleted)")) name.remove_suffix(10);
  for (const std::string_view known : {"python", "ruby"}) {
    if (!name.starts_with(known)) continue;
    const std::string_view version = name.substr(known.size());
    if (version.find_first_not_of("0123456789.") == version.npos) return std::string(known);
  }
  return {};
}

thread_share divide(const thread_record& r, double wall_s) {
  thread_share s;
  s.life_s = std::max(0.0, r.end_s - r.begin_s);
  s.on_cpu_s = r.on_cpu_s;
  s.wanted_s = r.wanted_s;
  // A thread that is running right now may have been charged a little more than the last look's
  // time.
  s.life_s = std::max(s.life_s, s.on_cpu_s + s.wanted_s);
  if (wall_s > 0 && r.folded_threads == 0)
    s.life_s = std::min(s.life_s, std::max(wall_s, s.on_cpu_s + s.wanted_s));
  s.blocked_s = s.life_s - s.on_cpu_s - s.wanted_s;
  double seen = 0;
  for (const double d : r.blocked_looks_s) seen += d;
  if (seen > 0) {
    for (std::size_t c = 0; c < cause_count; ++c)
      s.blocked_by[c] = s.blocked_s * r.blocked_looks_s[c] / seen;
  } else {
    s.blocked_by[index_of(cause::unknown)] = s.blocked_s;
  }
  s.is_dormant = sleeps_all_the_time(r, s);
  return s;
}

void add_run(observation& sum, observation&& run) {
  if (sum.wall_s <= 0) {
    sum = std::move(run);
    return;
  }
  ++sum.runs;
  sum.wall_s += run.wall_s;
  sum.ticks += run.ticks;
  sum.looks += run.looks;
  sum.observer_cpu_s += run.observer_cpu_s;
  sum.threads_seen += run.threads_seen;
  sum.processes_seen += run.processes_seen;
  sum.threads_at_once_max = std::max(sum.threads_at_once_max, run.threads_at_once_max);
  sum.processes_at_once_max = std::max(sum.processes_at_once_max, run.processes_at_once_max);
  for (thread_record& t : run.threads) {
    t.timeline.clear();
    sum.threads.push_back(std::move(t));
  }
  for (process_record& p : run.processes) sum.processes.push_back(std::move(p));
  for (const crowd_record& c : run.crowds) sum.crowds.push_back(c);
  for (std::size_t c = 0; c < cause_count; ++c) {
    sum.waiting_at_once_s[c] += run.waiting_at_once_s[c];
    sum.waiting_at_once_max[c] = std::max(sum.waiting_at_once_max[c], run.waiting_at_once_max[c]);
  }
  sum.total_user_s += run.total_user_s;
  sum.total_kernel_s += run.total_kernel_s;
  sum.total_voluntary += run.total_voluntary;
  sum.total_involuntary += run.total_involuntary;
  sum.peak_rss_kib = std::max(sum.peak_rss_kib, run.peak_rss_kib);
  sum.has_ended = sum.has_ended && run.has_ended;
  for (std::string& n : run.notes) {
    if (std::find(sum.notes.begin(), sum.notes.end(), n) == sum.notes.end())
      sum.notes.push_back(std::move(n));
  }
}

namespace {

// What is added up over threads before it becomes shares.
struct sums {
  double all_life = 0, looks_blocked = 0, looks_running = 0, loops_s = 0, seen_cpu = 0;
  double switches = 0, top_thread = 0, pipe_users_s = 0;
  std::map<int, double> by_process;
};

void add_any_thread(const counted& t, sums& sum, figures& f) {
  sum.all_life += t.share.life_s;
  sum.seen_cpu += t.share.on_cpu_s;
  sum.by_process[t.record->pid] += t.demand_s();
  f.voluntary += static_cast<double>(t.record->voluntary);
  f.involuntary += static_cast<double>(t.record->involuntary);
  f.fsync_looks += static_cast<double>(t.record->called_fsync);
  for (std::size_t c = 0; c < cause_count; ++c) f.blocked_by_all[c] += t.share.blocked_by[c];
}

void add_counted_thread(const counted& t, double wall_s, sums& sum, figures& f) {
  const thread_share& s = t.share;
  f.life_s += s.life_s;
  f.on_cpu_s += s.on_cpu_s;
  f.wanted_s += s.wanted_s;
  f.blocked_s += s.blocked_s;
  for (std::size_t c = 0; c < cause_count; ++c) f.blocked_by[c] += s.blocked_by[c];
  sum.switches += static_cast<double>(t.record->voluntary);
  for (const double d : t.record->blocked_looks_s) sum.looks_blocked += d;
  sum.looks_running += t.record->running_looks_s;
  const bool sleeps_in_pipes =
      s.blocked_s > 0.02 * s.life_s && s.blocked_by[index_of(cause::pipe)] >= 0.5 * s.blocked_s;
  if (sleeps_in_pipes) sum.pipe_users_s += t.demand_s();
  const double busy = part(t.demand_s(), s.life_s);
  if (t.record->folded_threads == 0) {
    sum.top_thread = std::max(sum.top_thread, t.demand_s());
    if (s.life_s >= 0.5 * wall_s) f.busiest_thread = std::max(f.busiest_thread, busy);
  }
  if (is_loop(*t.record, s)) {
    f.loops += 1;
    f.loop_busy = std::max(f.loop_busy, busy);
    sum.loops_s += t.demand_s();
  }
}

void add_totals(const observation& seen, const sums& sum, figures& f) {
  const double total_cpu = seen.total_user_s + seen.total_kernel_s;
  if (seen.has_ended) f.unseen_cpu_s = std::max(0.0, total_cpu - sum.seen_cpu);
  if (seen.has_ended && static_cast<double>(seen.total_voluntary) > f.voluntary) {
    f.voluntary = static_cast<double>(seen.total_voluntary);
    f.involuntary = static_cast<double>(seen.total_involuntary);
  }
  const double demand_s = f.on_cpu_s + f.wanted_s + f.unseen_cpu_s;
  f.used = part(f.on_cpu_s + f.unseen_cpu_s, seen.wall_s);
  f.demand = part(demand_s, seen.wall_s);
  f.threads_at_once = part(sum.all_life, seen.wall_s);
  f.top_thread_share = part(sum.top_thread, demand_s);
  double top_process = 0;
  for (const auto& [pid, s] : sum.by_process) top_process = std::max(top_process, s);
  f.top_process_share = part(top_process, demand_s);
  f.loop_demand_share = part(sum.loops_s, demand_s);
  f.pipe_demand_share = part(sum.pipe_users_s, demand_s);
  f.voluntary_per_s = part(f.voluntary, seen.wall_s);
  f.involuntary_per_s = part(f.involuntary, seen.wall_s);
  f.mean_wait_s = f.blocked_s / std::max(sum.switches, 1.0);
  f.looks_blocked_share = part(sum.looks_blocked, sum.looks_blocked + sum.looks_running);
  f.accounted_blocked_share = part(f.blocked_s, f.life_s);
}

}  // namespace

figures figures_of(const observation& seen) {
  figures f;
  f.wall_s = seen.wall_s;
  f.looks = seen.looks;
  f.runs = seen.runs;
  f.observer_share = part(seen.observer_cpu_s, seen.wall_s);
  f.threads_seen = static_cast<double>(seen.threads_seen);
  f.processes_seen = static_cast<double>(seen.processes_seen);
  std::vector<counted> threads;
  bool are_all_dormant = true;
  for (const thread_record& r : seen.threads) {
    threads.push_back({&r, divide(r, seen.wall_s)});
    are_all_dormant = are_all_dormant && threads.back().share.is_dormant;
  }
  sums sum;
  for (const counted& t : threads) {
    const bool is_left_out = t.share.is_dormant && !are_all_dormant;
    const double many = std::max(1.0, static_cast<double>(t.record->folded_threads));
    (is_left_out ? f.threads_dormant : f.threads_counted) += many;
    add_any_thread(t, sum, f);
    if (!is_left_out) add_counted_thread(t, seen.wall_s, sum, f);
  }
  add_totals(seen, sum, f);
  const auto at_once = [&f, &seen](cause c) {
    return part(f.blocked_by_all[index_of(c)], seen.wall_s);
  };
  f.sockets_at_once = at_once(cause::socket);
  f.sockets_at_once_max = seen.waiting_at_once_max[index_of(cause::socket)];
  f.files_at_once = at_once(cause::file);
  f.pipes_at_once = at_once(cause::pipe);
  f.children_at_once = at_once(cause::child);
  f.futexes_at_once = at_once(cause::futex);
  add_crowd(seen, threads, f.demand * seen.wall_s, f);
  add_processes(seen, f);
  return f;
}

}  // namespace tutti::cli::advise
