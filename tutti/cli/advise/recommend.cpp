#include <tutti/cli/advise/recommend.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <tutti/cli/screen.hpp>

namespace tutti::cli::advise {

const char* model_name(model m) {
  static constexpr std::array<const char*, 6> names{"none",      "threads", "coroutines",
                                                    "processes", "hybrid",  "keep"};
  return names[static_cast<std::size_t>(m)];
}

const std::vector<std::string>& cannot_know() {
  static const std::vector<std::string> lines{
      "whether the work can be divided at all",
      "whether the code is thread-safe",
      "what the other side tolerates (connections, requests a second)",
      "memory-bandwidth limits: without hardware counters they look like CPU",
      "waiting for a GPU",
      "the serial fraction: one run cannot show it; time it with 1, 2 and 4 workers",
  };
  return lines;
}

namespace {

std::string number(double value) {
  std::array<char, 32> room{};
  std::snprintf(room.data(), room.size(),
                value < 10 && std::abs(value - std::round(value)) >= 0.05 ? "%.1f" : "%.0f", value);
  return room.data();
}

std::string cpus(double count) {
  const std::string text = number(count);
  return text + (text == "1" ? " CPU" : " CPUs");
}

struct input {
  const verdict& v;
  const figures& f;
  const machine_facts& m;
  const wishes& w;
};

// What one who sizes a pool may count on: measured, and never more than allowed. Beside busy
// neighbours the measurement says how little is left today and nothing about tomorrow: then the
// allowed number is the better guess.
double cores(const input& in) {
  const double allowed = std::max(1.0, static_cast<double>(in.m.cpus_allowed));
  // What the program got while it ran was there, whatever was left when it was measured later.
  if (in.m.effective_cores <= 0 || in.v.is_machine_busy) return allowed;
  return std::clamp(std::max(in.m.effective_cores, in.f.used), 1.0, allowed);
}

double cores_whole(const input& in) { return std::max(1.0, std::round(cores(in))); }

// Time one item waits: told, else the mean sleep between two moments on a CPU.
double item_s(const input& in) { return in.w.latency_s.value_or(in.f.mean_wait_s); }

// What `tutti compare` takes: "31ms", between a millisecond and its limit of five seconds.
std::string whole_ms(double seconds) {
  return std::to_string(std::lround(std::clamp(seconds, 0.001, 5.0) * 1e3)) + "ms";
}

std::string two_widths(double a, double b) {
  const long low = std::lround(std::clamp(std::min(a, b), 1.0, 4096.0));
  const long high = std::lround(std::clamp(std::max(a, b), 1.0, 4096.0));
  return std::to_string(low) + (high > low ? "," + std::to_string(high) : "");
}

void fill_rows(const input& in, advice& a) {
  const machine_facts& m = in.m;
  a.resources = number(m.cpus_seen) + (m.cpus_seen == 1 ? " CPU" : " CPUs") + " seen, " +
                number(m.cpus_allowed) + " allowed";
  if (m.quota_cpus > 0) a.resources += " (cgroup quota " + number(m.quota_cpus) + ")";
  if (m.effective_cores > 0) {
    const bool got_more = in.f.used > m.effective_cores + 0.1;
    a.resources += ", " + number(m.effective_cores) + " effective (measured" +
                   (in.v.is_machine_busy ? " beside busy neighbours"
                    : got_more           ? " afterwards; it got " + number(in.f.used)
                                         : std::string()) +
                   ")";
  }
  if (m.descriptors_limit > 0) {
    a.resources +=
        ", limit " + (m.descriptors_limit > 1e9 ? "of descriptors unlimited"
                                                : number(m.descriptors_limit) + " descriptors");
  }
  if (m.memory_available > 0) a.resources += ", " + show_bytes(m.memory_available) + " free";
  if (m.memory_limit > 0) a.resources += ", memory limit " + show_bytes(m.memory_limit);
  if (in.w.load_per_s) {
    a.expected_load = number(*in.w.load_per_s) + "/s";
    const double each = item_s(in);
    if (each > 0) {
      a.expected_load += " x " + show_seconds(each) +
                         (in.w.latency_s ? " per item" : " per wait (measured)") + "  ->  about " +
                         number(std::max(1.0, std::ceil(*in.w.load_per_s * each))) +
                         " in flight (Little's law)";
    }
  } else if (in.w.at_once) {
    a.expected_load = number(*in.w.at_once) + " at once (told)";
  } else {
    a.expected_load = "not told: --load 200/s --latency 50ms";
  }
  switch (in.w.code) {
    case code_shape::unknown:
      a.code = "not told: --code blocking or --code async";
      break;
    case code_shape::blocking:
      a.code = "blocking calls (told): threads change least of it";
      break;
    case code_shape::async:
      a.code = "asynchronous already (told)";
      break;
  }
}

void not_processes(const input& in, advice& a) {
  if (in.w.needs_isolation) return;
  a.nots.push_back(
      {"processes",
       "nothing to gain: C++ has no interpreter lock, threads use all cores; a fork costs " +
           number(cost::fork_us) + " us, a thread " + number(cost::thread_create_us) + " us"});
}

// Threads or coroutines for n waits at once: the one question memory and code decide.
void size_waits(const input& in, double in_flight, advice& a) {
  a.size = std::max(2.0, std::ceil(in_flight));
  const double threads_memory = a.size * cost::thread_bytes;
  const double tasks_memory = a.size * cost::coroutine_bytes;
  a.arithmetic.push_back("memory: " + number(a.size) +
                         " threads x 12.5 KiB = " + show_bytes(threads_memory) + ", " +
                         number(a.size) + " coroutines x 0.3 KiB = " + show_bytes(tasks_memory));
  const bool many = a.size > cost::threads_reasonable_max;
  if (in.w.needs_isolation) {
    a.use = model::processes;
    a.size = std::min(a.size, 4 * cores_whole(in));
    a.sentence = "a process pool of " + number(a.size) +
                 ", each with coroutines inside: isolation was asked for";
    return;
  }
  if (many) {
    a.use = model::coroutines;
    a.sentence =
        "coroutines with a capacity limit of " + number(a.size) +
        (in.w.code == code_shape::blocking ? "; what only blocks goes through to_thread" : "");
    a.nots.push_back(
        {"a thread each", number(a.size) + " threads cost " + show_bytes(threads_memory) +
                              " and their switches; coroutines " + show_bytes(tasks_memory)});
  } else if (in.w.code == code_shape::blocking) {
    a.use = model::threads;
    a.sentence = "a thread pool of " + number(a.size) +
                 ": the code blocks, and at this size threads and coroutines perform alike";
  } else {
    a.use = model::coroutines;
    a.sentence = "coroutines, limit " + number(a.size) + ", or a thread pool of " + number(a.size) +
                 ": at this size they perform alike, threads change less code";
  }
  if (in.m.descriptors_limit > 0 && a.size > 0.8 * in.m.descriptors_limit) {
    a.caveats.push_back("the limit of " + number(in.m.descriptors_limit) +
                        " descriptors is near: raise it with ulimit -n");
  }
}

void advise_network(const input& in, advice& a) {
  const figures& f = in.f;
  const double busy = std::max(1e-6, f.on_cpu_s);
  const double wait = f.blocked_by[index_of(cause::socket)] + f.blocked_by[index_of(cause::accept)];
  const double ratio = wait / busy;
  a.type_of_task =
      "I/O-bound: it waits " + number(ratio) + " units for each unit it computes (measured)";
  const double each = item_s(in);
  double in_flight = 0;
  constexpr double start = 16;
  if (in.w.at_once) {
    in_flight = *in.w.at_once;
    a.arithmetic.push_back("in flight: " + number(in_flight) + " (told)");
  } else if (in.w.load_per_s && each > 0) {
    in_flight = *in.w.load_per_s * each;
    a.arithmetic.push_back("Little's law: " + number(*in.w.load_per_s) + "/s x " +
                           show_seconds(each) + " = " + number(std::ceil(in_flight)) +
                           " in flight");
    in_flight *= 1.3;  // head-room for the waits that take longer than the mean
  } else {
    const double full = cores(in) * (1 + ratio);
    a.arithmetic.push_back("cores x (1 + wait/compute) = " + number(cores(in)) + " x (1 + " +
                           number(ratio) + ") = " + number(full) + " would fill the CPUs");
    in_flight = std::min(full, start);
    if (full > start) {
      a.arithmetic.push_back(
          "start with " + number(start) +
          ": the other side decides how much more it bears; --load tells how many are needed");
    }
  }
  if (in.v.what == kind::network_overlapped) {
    a.arithmetic.push_back(number(f.sockets_at_once) + " waits overlap on average today");
    if (!in.w.load_per_s && !in.w.at_once) in_flight = std::max(2.0, f.sockets_at_once);
  }
  size_waits(in, in_flight, a);
  if (in.v.what == kind::network_overlapped && !in.w.load_per_s && !in.w.at_once &&
      !in.w.needs_isolation) {
    a.use = a.size > cost::threads_reasonable_max ? model::coroutines : model::keep;
    if (a.use == model::keep)
      a.sentence = "keep it: its waits overlap already (" + number(f.sockets_at_once) + " at once)";
    else
      a.sentence = "coroutines: " + number(f.sockets_at_once) + " threads that wait are " +
                   number(f.sockets_at_once) + " small frames instead";
  }
  not_processes(in, a);
  a.caveats.push_back("the other side's tolerance for " + number(a.size) +
                      " connections is not visible from here");
  if (!in.w.latency_s && in.w.load_per_s)
    a.caveats.push_back(
        "one item may be several waits: --latency tells how long a whole one takes");
  a.next = "tutti compare fetch --latency " + whole_ms(each) + " --workers " +
           two_widths(a.size, 4 * a.size) + "    # such waits under every model";
}

void advise_cpu(const input& in, advice& a) {
  const figures& f = in.f;
  const double n = cores_whole(in);
  // Its own share of computing: time in the run queue belongs to the neighbours and shrinks with
  // them.
  const double busy = std::clamp(f.on_cpu_s / std::max(1e-9, f.life_s - f.wanted_s), 0.01, 1.0);
  a.type_of_task = "CPU-bound: it wants " + cpus(f.demand) + ", " +
                   show_percent(1 - f.kernel_share) + " of it in user code (measured)";
  a.use = in.w.needs_isolation ? model::processes : model::threads;
  a.size = n;
  a.arithmetic.push_back("workers = effective cores = " + number(n));
  if (in.v.what == kind::cpu_serial) {
    const double bound = 1 / ((1 - busy) + busy / n);
    a.arithmetic.push_back("Amdahl: with " + show_percent(busy) + " of the time on the CPU, " +
                           number(n) + " workers end at most " + number(bound) +
                           " times sooner, if all of it can be divided");
  }
  if (n < 1.5) {
    a.use = in.w.needs_isolation ? model::processes : model::keep;
    a.sentence = "nothing helps here: this machine gives it one CPU; more workers would share it";
    a.nots.push_back({"more threads or processes", "there is one CPU for all of them"});
  } else if (in.w.needs_isolation) {
    a.sentence = "a process pool of " + number(n) + ": isolation was asked for";
  } else if (in.v.what == kind::cpu_parallel) {
    a.sentence = "threads, up to " + number(n) + ": it uses " + cpus(f.used) + " today";
  } else {
    a.sentence = "threads: parallel_map or a thread pool of " + number(n);
  }
  a.nots.push_back(
      {"coroutines",
       "they overlap waiting, and it does not wait: a loop computes one thing at a time"});
  not_processes(in, a);
  a.next = "tutti compare crunch --workers " + two_widths(1, n) +
           "    # what the cores bring on this machine";
}

void advise_saturated(const input& in, advice& a) {
  const figures& f = in.f;
  const double waiting = std::max(0.0, f.demand - f.used);
  advise_cpu(in, a);
  if (!in.w.needs_isolation) {
    a.use = waiting >= 0.5 ? model::threads : model::keep;
    a.sentence = waiting >= 0.5 ? std::string(f.processes_seen >= 3 ? "workers (processes here): "
                                                                    : "a pool of ") +
                                      number(a.size) + ", as many as cores; more only wait"
                                : "keep it: the CPUs are full and nobody queues for long";
  }
  a.nots.insert(
      a.nots.begin(),
      {"more workers", waiting < 0.5 ? "the CPUs are full without them"
                                     : number(waiting) +
                                           " threads were ready without a CPU already, put aside " +
                                           number(f.involuntary_per_s) + " times a second"});
  a.caveats.push_back("from here on only less work per item or more machine helps");
  a.next = "tutti compare crunch --workers 1,2,4,8    # where more workers stop helping here";
}

void advise_syscalls(const input& in, advice& a) {
  const figures& f = in.f;
  a.type_of_task = "CPU-bound in the kernel: " + show_percent(f.kernel_share) + " of " +
                   cpus(f.used) + " (measured)";
  a.use = model::keep;
  a.sentence = f.file_calls_per_s >= 1000
                   ? "fewer, larger calls first (" + number(f.file_calls_per_s) +
                         " a second now): bigger buffers, readv/writev, io_uring"
                   : "fewer trips into the kernel first (memory maps, page faults, copies)";
  a.nots.push_back(
      {"more threads, yet", "they would make the same calls; batch first, then measure again"});
  a.nots.push_back({"coroutines", "a call that does not wait cannot be overlapped"});
  a.next = "strace -c -f -- CMD    # counts the calls";
}

void advise_mixed(const input& in, advice& a) {
  const figures& f = in.f;
  double wait = 0;
  for (const cause c : {cause::socket, cause::file, cause::pipe, cause::accept})
    wait += f.blocked_by[index_of(c)];
  const double compute = std::max(1e-6, f.on_cpu_s + f.wanted_s);
  const double ratio = wait / compute;
  const double n = cores_whole(in);
  a.type_of_task = "mixed: it " + std::string(cause_words(in.v.wait)) + " " + number(ratio) +
                   " units for each unit it computes (measured)";
  if (a.type_of_task.find("it waiting") != std::string::npos) {
    a.type_of_task = "mixed: " + number(ratio) + " units " + cause_words(in.v.wait) +
                     " for each unit it computes (measured)";
  }
  a.size = std::max(2.0, std::ceil(cores(in) * (1 + ratio)));
  a.arithmetic.push_back("cores x (1 + wait/compute) = " + number(cores(in)) + " x (1 + " +
                         number(ratio) + ") = " + number(a.size));
  if (in.w.load_per_s && item_s(in) > 0) {
    a.arithmetic.push_back("Little's law: " + number(*in.w.load_per_s) + "/s x " +
                           show_seconds(item_s(in)) + " = " +
                           number(std::ceil(*in.w.load_per_s * item_s(in))) + " in flight");
  }
  const std::string pool = in.w.needs_isolation ? "process" : "thread";
  if (in.w.code == code_shape::blocking) {
    a.use = model::threads;
    a.sentence = "one thread pool of " + number(a.size) +
                 ": the code blocks, so waiting threads leave their core to others";
  } else {
    a.use = model::hybrid;
    a.sentence = "coroutines for the waits, a " + pool + " pool of " + number(n) +
                 " for the computing; or one thread pool of " + number(a.size);
  }
  if (f.demand >= 0.85 * in.m.cpus_allowed)
    a.caveats.push_back("the CPUs are the limit already: more in flight cannot help");
  a.nots.push_back({"coroutines alone", "while one computes, all others of its loop stand still"});
  not_processes(in, a);
  a.next = "tutti compare mixed --workers " + two_widths(a.size, 4 * a.size) +
           "    # waits and computing under every model";
}

void advise_disk(const input& in, advice& a) {
  const figures& f = in.f;
  // Where fsync hides in the run queue, that time belongs to storage as well.
  const bool hides = f.share(cause::file) < 0.3;
  a.type_of_task =
      "I/O-bound on storage: " +
      show_percent(hides ? f.share(cause::file) + f.wanted_s / std::max(1e-9, f.life_s)
                         : f.share(cause::file)) +
      (hides ? " of the time, most of it inside fsync (measured)" : " of the time (measured)");
  a.use = model::threads;
  a.size = 8;
  a.sentence = "a small pool of 4 to 32 threads, or io_uring at that depth; measure which";
  if (f.fsync_looks >= 3) {
    a.sentence =
        "fewer fsyncs first (group many writes into one); then a small pool of 4 to 32, or "
        "io_uring";
  }
  a.arithmetic.push_back(number(f.files_at_once) +
                         " storage waits at once today; disks like 4 to 32");
  a.nots.push_back(
      {"coroutines alone", "a file read blocks its loop: they do not speed up a file"});
  not_processes(in, a);
  a.caveats.push_back(
      "whether this disk gets faster with depth must be measured; the page cache may hide it the "
      "second time");
  a.next = "tutti compare crunch DIR --workers 1,4,16    # reads every file below DIR";
}

void advise_lock(const input& in, advice& a) {
  const figures& f = in.f;
  a.type_of_task = "serialised: " + number(f.threads_counted) + " threads do the work of " +
                   number(std::max(1.0, f.used)) + " (measured)";
  a.use = model::keep;
  a.size = 0;
  a.sentence =
      "a smaller critical section, one lock per part, or a counter per thread that is added up at "
      "the end";
  a.arithmetic.push_back(number(f.crowd_waiters) + " of " + number(f.threads_counted) +
                         " threads wait at one address on average (at most " +
                         number(f.crowd_waiters_max) + ")");
  a.nots.push_back({"more threads", "they queue at the same lock"});
  a.nots.push_back({"coroutines", "they would queue at it as well"});
  a.next = "tutti compare crunch --workers 1,2,4    # what the same threads gain without a lock";
}

void advise_pool(const input& in, advice& a) {
  const figures& f = in.f;
  a.type_of_task =
      "mostly idle: its threads wait for work (" + cpus(f.demand) + " wanted, measured)";
  a.use = model::threads;
  a.size =
      std::max(1.0, std::ceil(std::max(f.demand * 1.5, f.threads_at_once - f.futexes_at_once)));
  a.sentence = "a pool of " + number(a.size) + " would do; " +
               number(std::floor(f.futexes_at_once)) + " of " + number(f.threads_at_once) +
               " threads only wait for work";
  a.arithmetic.push_back(
      "idle threads: " + number(std::floor(f.futexes_at_once)) + " x 12.5 KiB = " +
      show_bytes(std::floor(f.futexes_at_once) * cost::thread_bytes) + " at least");
  a.nots.push_back({"more threads", "those that exist have nothing to do"});
  a.caveats.push_back("it may be sized for a load that was not there while we watched");
  a.next = "tutti advise again, under the load it is made for";
}

void advise_children(const input& in, advice& a) {
  const figures& f = in.f;
  const double n = cores_whole(in);
  a.type_of_task = "child processes: " + number(f.processes_seen) + " of them, " + cpus(f.demand) +
                   " together (measured)";
  a.use = model::processes;
  a.size = n;
  if (in.v.wait == cause::pipe) {
    a.sentence = "it is a pipeline of processes already; its speed is that of its busiest stage (" +
                 printable(f.busiest_process) + ")";
    a.use = model::keep;
  } else {
    a.sentence = "a process executor that keeps " + number(n) +
                 " children running at once (xargs -P does it in a shell)";
  }
  a.arithmetic.push_back("children at once = effective cores = " + number(n) + ", today " +
                         number(std::max(0.0, f.processes_at_once - f.children_at_once)) +
                         " work at once" + (f.demand < 0.5 ? "; more, when they mostly wait" : ""));
  a.nots.push_back({"coroutines for the work itself",
                    "it happens in other programs; a loop can only wait for them"});
  a.next = in.v.wait == cause::pipe
               ? "tutti advise -- STAGE    # the busiest stage alone, from a file"
               : "tutti compare crunch --workers " + two_widths(1, n) +
                     "    # processes beside threads on this machine";
}

void advise_timer(const input& in, advice& a) {
  const figures& f = in.f;
  a.type_of_task =
      "timer: " + show_percent(f.share(cause::timer)) + " of the time it lets time pass (measured)";
  a.use = model::coroutines;
  a.size = 1;
  a.sentence = "one loop with a ticker: any number of timers wait in one thread";
  a.nots.push_back(
      {"a thread per timer", "a suspended coroutine costs 0.3 KiB, a thread 12.5 KiB"});
  not_processes(in, a);
  a.caveats.push_back(
      "if the sleeping stands for a request that is not there yet, advise again with the real one");
  a.next = "tutti advise --for 30s -- CMD    # while there is work for it";
}

void advise_loop(const input& in, advice& a) {
  const figures& f = in.f;
  a.type_of_task = "I/O-bound, asynchronous already: the busiest loop is busy " +
                   show_percent(f.loop_busy) + " of the time (measured)";
  const double n = cores_whole(in);
  if (f.loop_busy >= limit::loop_full) {
    a.use = model::hybrid;
    a.size = n;
    a.sentence = "move the computing out of the loop: a thread pool of " + number(n) +
                 " beside it, or a loop per core";
    a.arithmetic.push_back("a loop that is busy " + show_percent(f.loop_busy) +
                           " answers late: waiting grows like 1/(1 - busy)");
  } else {
    a.use = model::keep;
    a.sentence = "keep it: the loop has " + show_percent(1 - f.loop_busy) + " to spare";
    a.arithmetic.push_back("this one loop could carry about " +
                           number(limit::loop_full / std::max(0.01, f.loop_busy)) +
                           " times the load before it is 80 % busy");
  }
  a.nots.push_back({"a thread per connection", "the waits are overlapped already"});
  not_processes(in, a);
  a.next = f.loop_busy >= limit::loop_full
               ? "tutti compare mixed    # a loop with and without a pool beside it"
               : "tutti compare fetch --workers 8,64    # loops beside threads at the same width";
}

void advise_interpreter(const input& in, advice& a) {
  const double n = cores_whole(in);
  a.type_of_task = "CPU-bound, but one thread at a time: " + number(in.f.threads_counted) +
                   " threads of " + in.f.interpreter + " share its lock (measured)";
  a.use = model::processes;
  a.size = n;
  a.sentence = "in " + in.f.interpreter + ": a process pool of " + number(n) +
               "; in C++: threads, " + number(n) + " of them, there is no such lock";
  a.arithmetic.push_back("workers = effective cores = " + number(n));
  a.nots.push_back(
      {"more threads of " + in.f.interpreter,
       "they take turns: " + cpus(in.f.demand) + " wanted by " + number(in.f.threads_counted)});
  a.nots.push_back({"coroutines", "they overlap waiting, not computing"});
  a.next = "tutti compare crunch    # shows what C++ threads give on this machine";
}

void advise_rest(const input& in, advice& a) {
  switch (in.v.what) {
    case kind::idle_server:
      a.type_of_task = "a server that waits for clients (measured)";
      a.sentence =
          "nothing can be said about a server without load: send it requests while tutti watches";
      a.next = "tutti advise --pid PID --for 20s, under load";
      break;
    case kind::stopped:
      a.type_of_task = "unknown: it was stopped";
      a.sentence = "continue it (kill -CONT) and watch again";
      a.next = "tutti advise again";
      break;
    case kind::none:
      a.type_of_task = "unknown: too little was seen";
      a.sentence = "no advice without a verdict";
      a.next = "tutti advise --repeat 20 -- CMD    # adds several runs up";
      break;
    default:
      a.type_of_task = "no single cause: " + show_percent(in.f.cpu_share()) +
                       " computing, the rest spread over several waits (measured)";
      a.sentence =
          "no model by figures alone: look at the table above, and take the longest wait first";
      a.next = "tutti advise --html report.html -- CMD    # shows who waits when";
      break;
  }
}

}  // namespace

advice recommend(const verdict& v, const figures& f, const machine_facts& m, const wishes& w) {
  const input in{v, f, m, w};
  advice a;
  a.is_provisional = v.is_machine_busy && v.what != kind::none;
  switch (v.what) {
    case kind::network_serial:
    case kind::network_overlapped:
      advise_network(in, a);
      break;
    case kind::cpu_serial:
    case kind::cpu_parallel:
      advise_cpu(in, a);
      break;
    case kind::saturated:
      advise_saturated(in, a);
      break;
    case kind::syscall_bound:
      advise_syscalls(in, a);
      break;
    case kind::mixed:
      advise_mixed(in, a);
      break;
    case kind::disk:
      advise_disk(in, a);
      break;
    case kind::lock_bound:
      advise_lock(in, a);
      break;
    case kind::idle_pool:
      advise_pool(in, a);
      break;
    case kind::children:
      advise_children(in, a);
      break;
    case kind::timer:
      advise_timer(in, a);
      break;
    case kind::event_loop:
      advise_loop(in, a);
      break;
    case kind::interpreter_lock:
      advise_interpreter(in, a);
      break;
    default:
      advise_rest(in, a);
      break;
  }
  if (w.needs_isolation && a.use == model::processes) {
    a.nots.push_back(
        {"threads or one loop", "they share memory: a crash of one item ends them all"});
  }
  fill_rows(in, a);
  return a;
}

advice recommend_described(const described_work& work, const machine_facts& m, const wishes& w) {
  figures f;
  verdict v;
  f.wall_s = 1;
  f.life_s = 1;
  f.threads_counted = 1;
  v.sure = confidence::high;
  v.fired_by = "told, not measured";
  switch (work.what) {
    case described_work::task::cpu:
      v.what = kind::cpu_serial;
      f.on_cpu_s = f.used = f.demand = 1;
      break;
    case described_work::task::mixed:
      v.what = kind::mixed;
      v.wait = cause::socket;
      f.on_cpu_s = f.used = f.demand = 1 / (1 + work.wait_per_compute);
      break;
    case described_work::task::io:
      v.what = kind::network_serial;
      f.on_cpu_s = f.used = f.demand = 1 / (1 + work.wait_per_compute);
      break;
  }
  f.blocked_s = 1 - f.on_cpu_s;
  f.blocked_by[index_of(cause::socket)] = f.blocked_s;
  f.mean_wait_s = w.latency_s.value_or(0);
  advice a = recommend(v, f, m, w);
  const std::string measured = " (measured)";
  const std::size_t at = a.type_of_task.find(measured);
  if (at != std::string::npos) a.type_of_task.replace(at, measured.size(), " (told)");
  return a;
}

}  // namespace tutti::cli::advise
