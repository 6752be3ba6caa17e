#include <tutti/cli/advise/classify.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <tutti/cli/screen.hpp>

namespace tutti::cli::advise {

const char* kind_name(kind k) {
  static constexpr std::array<const char*, kind_count> names{
      "none",          "cpu_serial",     "cpu_parallel",       "saturated",
      "syscall_bound", "network_serial", "network_overlapped", "mixed",
      "disk",          "lock_bound",     "idle_pool",          "children",
      "timer",         "event_loop",     "interpreter_lock",   "idle_server",
      "stopped",       "unclear"};
  return names[static_cast<std::size_t>(k)];
}

const char* kind_words(kind k) {
  static constexpr std::array<const char*, kind_count> words{
      "no verdict",
      "CPU-bound, one thread at a time",
      "CPU-bound, in parallel, with CPUs to spare",
      "CPU-bound, and the CPUs are full",
      "CPU-bound in the kernel: system calls",
      "network wait, one at a time",
      "network wait, already overlapped",
      "mixed: it computes and it waits",
      "storage wait",
      "serialised: threads take turns at one lock",
      "an idle pool, larger than its work",
      "child processes and pipes",
      "it waits for time to pass",
      "an event loop",
      "serialised by the interpreter lock",
      "a server without clients",
      "stopped",
      "no single cause"};
  return words[static_cast<std::size_t>(k)];
}

const char* confidence_name(confidence c) {
  return c == confidence::high ? "high" : c == confidence::medium ? "medium" : "low";
}

namespace {

std::string number(double value) {
  std::array<char, 32> room{};
  const bool is_whole = value >= 10 || std::abs(value - std::round(value)) < 0.005;
  std::snprintf(room.data(), room.size(), is_whole ? "%.0f" : "%.2f", value);
  return room.data();
}

std::string in_cpus(double count) {
  const std::string text = number(count);
  return text + (text == "1" ? " CPU" : " CPUs");
}

// What a rule answers; `margin` is how far the deciding number is from its threshold, in shares
// (0.05 = five points).
struct finding {
  kind what = kind::none;
  int rule = 0;
  std::string fired_by;
  cause wait = cause::unknown;
  double margin = 1;
};

double allowed_cpus(const machine_facts& m) {
  return std::max(1.0, static_cast<double>(m.cpus_allowed));
}

double whole(const figures& f, cause c) { return f.blocked_by_all[index_of(c)]; }

// Rules 12 and 8a: threads that take turns.
bool turns(const figures& f, finding& out) {
  const double futex = f.share(cause::futex);
  if (f.threads_counted < 2) return false;
  const double evidence = futex - limit::lock_share_min;
  // Threads of an interpreter wake every few milliseconds to ask for the lock; beside busy
  // neighbours that looks like demand. What they get is the better measure: never more than one
  // CPU.
  if (!f.interpreter.empty() && f.demand >= 0.6 && f.used <= 1.15 &&
      futex >= limit::lock_share_min / 2) {
    out = {kind::interpreter_lock, 12,
           number(f.threads_counted) + " threads of a " + f.interpreter +
               " interpreter together want " + in_cpus(f.demand) + " and wait for each other " +
               show_percent(futex) + " of the time",
           cause::futex, evidence};
    return true;
  }
  if (f.demand > 0.75 * f.threads_counted || futex < limit::lock_share_min) return false;
  const bool one_place = f.crowd_waiters >= limit::lock_waiters_min && f.crowd_share >= 0.4;
  const bool waiters_work = f.crowd_demand_share >= 0.5;
  const bool near_one = f.demand >= 0.6 && f.demand <= 1.6;
  // A lock held while its holder waits for something else shows no demand at all; the kind of sleep
  // gives it away.
  if (!one_place || !(f.crowd_is_mutex || (waiters_work && near_one))) return false;
  out = {kind::lock_bound, 8,
         number(f.crowd_waiters) + " threads (at most " + number(f.crowd_waiters_max) +
             ") wait at the same address on average; " + number(f.threads_counted) +
             " threads together want " + in_cpus(f.demand),
         cause::futex, evidence};
  return true;
}

// Rule 11, which must come before the CPU rules: a full loop looks like a CPU-bound thread.
bool loops(const figures& f, finding& out) {
  if (f.loops < 1) return false;
  const double in_loop = f.of_blocked(cause::event);
  const bool computes_elsewhere = f.loop_demand_share < 0.6 && f.demand >= 0.3;
  if (computes_elsewhere || (in_loop < 0.5 && f.loop_demand_share < 0.7)) return false;
  out = {kind::event_loop, 11,
         number(f.loops) +
             (f.loops > 1 ? " event loops, the busiest is busy " : " event loop, busy ") +
             show_percent(f.loop_busy) + " of the time",
         cause::event, std::max(in_loop - 0.5, f.loop_demand_share - 0.7)};
  return true;
}

// Rule 9 before the CPU rules: who computes are many short-lived children, or the stages of a
// pipeline.
bool children(const figures& f, const machine_facts& m, finding& out) {
  const double cpus = allowed_cpus(m);
  const bool is_full = f.demand >= 1.25 * cpus;
  // The stages of a full pipeline compute and sleep in pipes; a build only waits in pipes for
  // those who compute.
  const bool are_stages = f.pipe_demand_share >= 0.5 && f.threads_counted >= 2;
  if (f.processes_seen < 2 || (is_full && !are_stages)) return false;
  if (f.pipes_at_once >= limit::pipes_min &&
      f.pipes_at_once >= f.sockets_at_once + f.files_at_once) {
    out = {kind::children, 9,
           number(f.pipes_at_once) + " processes wait for a pipe on average; " +
               number(f.processes_seen) + " processes want " + in_cpus(f.demand) + ", most of it " +
               f.busiest_process,
           cause::pipe, f.pipes_at_once - limit::pipes_min};
    return true;
  }
  const double life_each = f.processes_at_once * f.wall_s / std::max(1.0, f.processes_seen);
  const bool are_short =
      f.processes_seen >= 4 && life_each < 0.6 * f.wall_s && f.top_process_share < 0.7;
  if (f.children_at_once < limit::children_min || !are_short ||
      f.demand >= limit::full_share * cpus * 1.2) {
    return false;
  }
  out = {kind::children, 9,
         number(f.processes_seen) + " processes, " + show_seconds(life_each) + " each; " +
             number(f.children_at_once) + " parents wait for them on average",
         cause::child, f.children_at_once - limit::children_min};
  return true;
}

// Rules 3 and 4.
bool computes(const figures& f, const machine_facts& m, finding& out) {
  const double cpus = allowed_cpus(m);
  const double external = f.share(cause::socket) + f.share(cause::file) + f.share(cause::timer);
  if (f.demand < limit::cpu_demand_min) return false;
  if (external >= 0.5 && f.cpu_share() < 0.5)
    return false;  // many waiting threads that add up: rule 6
  if (f.demand < limit::serial_demand_max && external >= limit::mixed_min) return false;
  const double margin = f.demand - limit::cpu_demand_min;
  if (f.kernel_share >= limit::kernel_share_min) {
    out = {kind::syscall_bound, 3,
           show_percent(f.kernel_share) + " of the CPU time is spent in the kernel (" +
               number(f.file_calls_per_s) + " read and write calls, " + number(f.faults_per_s) +
               " page faults a second)",
           cause::unknown, std::min(margin, f.kernel_share - limit::kernel_share_min)};
    return true;
  }
  if (f.demand < limit::serial_demand_max) {
    out = {kind::cpu_serial, 3, "it wants " + in_cpus(f.demand) + ", one thread at a time",
           cause::unknown, std::min(margin, limit::serial_demand_max - f.demand)};
    return true;
  }
  if (f.demand >= limit::full_share * cpus) {
    const double waiting = f.demand - f.used;
    out = {kind::saturated, 4,
           "it wants " + in_cpus(f.demand) + " of " + number(cpus) + " and got " + number(f.used) +
               "; " + number(waiting) + " threads were ready without a CPU on average",
           cause::unknown, f.demand / cpus - limit::full_share + 0.05};
    return true;
  }
  out = {kind::cpu_parallel, 4, "it wants " + in_cpus(f.demand) + " of " + number(cpus),
         cause::unknown, margin};
  return true;
}

// Rules 5, 6 and 7 and the client-less server.
bool waits_outside(const figures& f, finding& out) {
  const double blocked = f.blocked_s / std::max(1e-9, f.life_s);
  const double external = f.share(cause::socket) + f.share(cause::file) + f.share(cause::pipe);
  const cause largest =
      f.share(cause::socket) >= std::max(f.share(cause::file), f.share(cause::pipe)) ? cause::socket
      : f.share(cause::file) >= f.share(cause::pipe)                                 ? cause::file
                                                                                     : cause::pipe;
  // Threads that mostly wait can still add up to a full CPU.
  const bool adds_up = f.demand >= limit::cpu_demand_min && external >= 0.5;
  // Kernel time beside storage waits is the storage's own cost, not a second kind of work.
  const double own = largest == cause::file ? f.cpu_share() * (1 - f.kernel_share) : f.cpu_share();
  if ((own >= limit::mixed_min || (adds_up && largest != cause::file)) &&
      external >= limit::mixed_min) {
    out = {kind::mixed, 6,
           show_percent(f.cpu_share()) + " computing or ready to, " + show_percent(external) +
               " waiting (" + cause_words(largest) + "), " + in_cpus(f.demand) + " wanted",
           largest, std::min(adds_up ? 1.0 : own - limit::mixed_min, external - limit::mixed_min)};
    return true;
  }
  if (blocked < limit::mixed_min) return false;
  if (f.of_blocked(cause::accept) >= 0.5) {
    out = {kind::idle_server, 5,
           show_percent(f.share(cause::accept)) + " of the time it waits for a client to connect",
           cause::accept, f.of_blocked(cause::accept) - 0.5};
    return true;
  }
  const double sockets = f.of_blocked(cause::socket);
  if (sockets >= limit::network_of_blocked) {
    const bool many = f.sockets_at_once >= limit::overlapped_min;
    out = {many ? kind::network_overlapped : kind::network_serial, 5,
           "sockets are " + show_percent(sockets) + " of all waiting; " +
               number(f.sockets_at_once) + " at a time on average",
           cause::socket, sockets - limit::network_of_blocked};
    return true;
  }
  const double files = f.of_blocked(cause::file);
  if (files >= limit::disk_of_blocked) {
    out = {kind::disk, 7,
           "storage is " + show_percent(files) + " of all waiting (" + number(f.voluntary_per_s) +
               " sleeps a second, " + show_bytes(f.written_bytes_per_s) + " written and " +
               show_bytes(f.read_bytes_per_s) + " read a second)",
           cause::file, files - limit::disk_of_blocked};
    return true;
  }
  return false;
}

// The trap of rule 7: sleeps so short that looks miss them and the run queue figure absorbs them.
bool hides_fsync(const figures& f, const machine_facts& m, finding& out) {
  const bool cpus_are_free = f.used + m.neighbour_cpus < 0.7 * allowed_cpus(m);
  const bool wants_without_getting = f.wanted_s > 2 * f.on_cpu_s && f.wanted_s >= 0.3 * f.life_s;
  const bool syncs = f.fsync_looks >= 3 && f.of_blocked(cause::file) >= limit::disk_of_blocked;
  const bool goes_to_storage = syncs || f.written_bytes_per_s >= 100e3 || f.read_bytes_per_s >= 1e6;
  if (!(cpus_are_free || syncs) || !wants_without_getting || !goes_to_storage ||
      f.voluntary_per_s < 200)
    return false;
  out = {kind::disk, 7,
         number(f.voluntary_per_s) + " sleeps a second and " + show_bytes(f.written_bytes_per_s) +
             " written a second" + (syncs ? ", found in fsync" : ", while CPUs were free") +
             ": the time in the run queue is storage latency",
         cause::file, 0.04};
  return true;
}

// Rules 8b and 10, and what is left.
finding rests(const figures& f) {
  double blocked_all = 0;
  for (const double s : f.blocked_by_all) blocked_all += s;
  const double futex = blocked_all > 0 ? whole(f, cause::futex) / blocked_all : 0;
  if (f.of_blocked(cause::stopped) >= 0.5) {
    return {kind::stopped, 1,
            show_percent(f.share(cause::stopped)) + " of the time it was stopped by a signal",
            cause::stopped, 1};
  }
  if (futex >= limit::pool_of_blocked && f.futexes_at_once >= limit::pool_waiters_min &&
      f.demand < 0.8) {
    return {kind::idle_pool, 8,
            number(f.futexes_at_once) + " of " + number(f.threads_at_once) +
                " threads wait for work on average; all together want " + in_cpus(f.demand),
            cause::futex, futex - limit::pool_of_blocked};
  }
  if (f.children_at_once + f.pipes_at_once >= limit::children_min && f.processes_seen >= 2 &&
      f.of_blocked(cause::child) + f.of_blocked(cause::pipe) >= 0.5) {
    return {kind::children, 9,
            number(f.children_at_once + f.pipes_at_once) + " processes wait for others; " +
                number(f.processes_seen) + " processes seen",
            cause::child, f.of_blocked(cause::child) + f.of_blocked(cause::pipe) - 0.5};
  }
  if (f.of_blocked(cause::timer) >= limit::timer_of_blocked) {
    return {kind::timer, 10,
            show_percent(f.share(cause::timer)) + " of the time it only lets time pass",
            cause::timer, f.of_blocked(cause::timer) - limit::timer_of_blocked};
  }
  if (f.of_blocked(cause::event) >= 0.5) {
    return {kind::event_loop, 11,
            show_percent(f.share(cause::event)) + " of the time it waits for many descriptors",
            cause::event, f.of_blocked(cause::event) - 0.5};
  }
  cause largest = cause::unknown;
  for (std::size_t c = 0; c < cause_count; ++c) {
    if (f.blocked_by[c] > f.blocked_by[index_of(largest)]) largest = static_cast<cause>(c);
  }
  return {kind::unclear, 0,
          show_percent(f.cpu_share()) + " computing or ready to; the largest wait is " +
              show_percent(f.share(largest)) + " " + cause_words(largest),
          largest, 0};
}

void weigh_machine(const figures& f, const machine_facts& m, verdict& v) {
  const double cpus = std::max(1.0, static_cast<double>(m.cpus_seen));
  const auto busy = [&v](const std::string& why) {
    v.is_machine_busy = true;
    v.busy_because += (v.busy_because.empty() ? "" : "; ") + why;
  };
  if (m.neighbour_cpus >= limit::busy_neighbours * cpus) {
    busy("other programs used " + number(m.neighbour_cpus) + " of " + number(cpus) + " CPUs");
  }
  if (m.steal_share >= limit::busy_steal)
    busy("the host took away " + show_percent(m.steal_share) + " of the CPU time");
  if (f.wall_s > 0 && m.throttled_s >= 0.05 * f.wall_s) {
    busy("the cgroup's quota stopped it for " + show_seconds(m.throttled_s));
  }
}

void weigh_confidence(const figures& f, const machine_facts& m, double margin, verdict& v) {
  v.sure = confidence::high;
  const auto lower = [&v](confidence to, const std::string& why) {
    v.sure = std::min(v.sure, to);
    v.reasons.push_back(why);
  };
  if (f.disagreement() > limit::disagreement_max) {
    lower(confidence::low, "samples say " + show_percent(f.looks_blocked_share) +
                               " blocked, accounting says " +
                               show_percent(f.accounted_blocked_share) +
                               ": sleeps are too short or too regular to be sampled");
  }
  if (static_cast<double>(f.looks) < 4 * limit::looks_min)
    lower(confidence::medium, "only " + number(static_cast<double>(f.looks)) + " looks");
  if (margin < 0.05)
    lower(confidence::medium, "the deciding number is within 5 points of its limit");
  const double unknown = f.share(cause::unknown);
  if (unknown >= 0.2) {
    lower(unknown >= 0.5 ? confidence::low : confidence::medium,
          show_percent(unknown) + " of the time is a wait whose cause could not be seen");
  }
  if (f.unseen_cpu_s > 0.3 * (f.on_cpu_s + f.unseen_cpu_s) && f.unseen_cpu_s > 0.1) {
    lower(confidence::medium, show_seconds(f.unseen_cpu_s) +
                                  " of CPU time belong to processes too short-lived to be watched");
  }
  if (v.is_machine_busy) {
    const bool run_queue_decides = f.life_s > 0 && f.wanted_s / f.life_s >= 0.1;
    lower(run_queue_decides || m.steal_share >= 0.2 ? confidence::low : confidence::medium,
          "the machine was busy meanwhile (" + v.busy_because + "): sizes are provisional");
  }
  if (v.what == kind::unclear) v.sure = confidence::low;
}

void add_remarks(const figures& f, verdict& v) {
  if (!f.interpreter.empty() && v.what != kind::interpreter_lock && f.threads_counted >= 3 &&
      f.demand <= 1.2) {
    v.remarks.push_back("rule 12: " + f.interpreter + " runs one thread at a time (" +
                        number(f.threads_counted) + " threads want " + in_cpus(f.demand) +
                        "); C++ has no such lock");
  }
  if (f.threads_dormant >= 3 && v.what != kind::idle_pool) {
    v.remarks.push_back("rule 8: " + number(f.threads_dormant) + " threads slept all the time");
  }
  if (f.involuntary_per_s >= 1000) {
    v.remarks.push_back(
        number(f.involuntary_per_s) +
        " times a second a thread was put aside for another one: fewer threads would switch less");
  }
}

}  // namespace

verdict classify(const figures& f, const machine_facts& m) {
  verdict v;
  weigh_machine(f, m, v);
  if (f.wall_s < limit::wall_min_s || static_cast<double>(f.looks) < limit::looks_min) {
    v.rule = 1;
    v.fired_by = "it was watched for " + show_seconds(f.wall_s) + " with " +
                 number(static_cast<double>(f.looks)) + " looks; a verdict needs " +
                 show_seconds(limit::wall_min_s) + " and " + number(limit::looks_min);
    v.reasons.push_back("too little was seen");
    return v;
  }
  finding found;
  const bool is_found = turns(f, found) || loops(f, found) || hides_fsync(f, m, found) ||
                        children(f, m, found) || computes(f, m, found) || waits_outside(f, found);
  if (!is_found) found = rests(f);
  v.what = found.what;
  v.rule = found.rule;
  v.fired_by = found.fired_by;
  v.wait = found.wait;
  weigh_confidence(f, m, found.margin, v);
  add_remarks(f, v);
  return v;
}

}  // namespace tutti::cli::advise
