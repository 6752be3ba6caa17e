#include <tutti/cli/advise/sampler.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace tutti::cli::advise {
namespace {

constexpr std::size_t buckets_max = 120;         // columns of a timeline
constexpr std::size_t timelines_max = 256;       // threads that get one
constexpr std::size_t ended_records_max = 2000;  // more ended threads are folded by name
constexpr std::size_t threads_max = 32768;       // looked at; the rest is counted
constexpr std::size_t processes_max = 16384;
constexpr std::size_t added_max = 128;  // new threads of one process in one discovery
constexpr std::size_t crowds_max = 512;
constexpr unsigned reuse_max = 8;  // looks in a row that may trust an unchanged schedstat
constexpr double first_bucket_s = 0.01;

}  // namespace

struct sampler::process_state {
  process_record record;
  std::uint64_t start_ticks = 0;
  std::unordered_map<int, thread_state*> threads;
  std::set<int> zombies;  // ended and still listed: they are not newcomers
  bool has_base = false;  // foreign processes: counters before we came
  stat_line base;
  io_lines io_base;
  bool is_ended = false;
  std::size_t rounds = 0;
  unsigned threads_now = 1;
};

struct sampler::thread_state {
  thread_record record;
  process_state* process = nullptr;
  sys::kept_file schedstat;
  sys::kept_file syscall;
  schedstat_line base;
  schedstat_line last;
  status_lines status_base;
  bool has_last = false;
  double last_look_s = 0;
  bool is_running = false;  // as the last look found it
  cause now = cause::unknown;
  std::uint64_t futex_address = 0;
  bool futex_is_mutex = false;
  bool is_sync = false;
  bool is_disk_sleep = false;
  unsigned reused = 0;
  bool is_gone = false;
};

sampler::sampler(settings with) : with_(std::move(with)) {
  out_.bucket_s = first_bucket_s;
  out_.is_foreign = with_.is_foreign;
}
sampler::~sampler() = default;

std::set<int> sampler::children_of(const std::string& root, int pid) {
  const std::string id = std::to_string(pid);
  std::string file = root;
  for (const std::string& part : {"/" + id, "/task/" + id, std::string("/children")}) file += part;
  const std::vector<int> found = parse_children(sys::read_text(file, 65536).value_or(""));
  return {found.begin(), found.end()};
}

std::string sampler::path(int pid, std::string_view rest) const {
  return with_.root + "/" + std::to_string(pid) + "/" + std::string(rest);
}

std::string sampler::path(int pid, int tid, std::string_view rest) const {
  return path(pid, "task/") + std::to_string(tid) + "/" + std::string(rest);
}

void sampler::note_once(std::string sentence) {
  constexpr std::size_t notes_max = 12;
  if (out_.notes.size() >= notes_max || !noted_.insert(sentence).second) return;
  out_.notes.push_back(std::move(sentence));
}

void sampler::add_process(int pid, int parent, double now_s) {
  const auto found = processes_.find(pid);
  if (found != processes_.end() && !found->second->is_ended) return;
  if (processes_.size() >= processes_max) {
    note_once("more than " + std::to_string(processes_max) +
              " processes: the others were not watched");
    return;
  }
  const auto stat_text = sys::read_text(path(pid, "stat"), 1024);
  const auto stat = parse_stat(stat_text.value_or(""));
  if (!stat) return;  // gone already; its CPU time is in the sum its parent gets
  const bool is_known =
      found != processes_.end() && found->second->start_ticks == stat->start_ticks;
  if (is_known && stat->state == 'Z') return;  // watched to its end, and nobody has collected it
  auto p = std::make_unique<process_state>();
  p->record.pid = pid;
  p->record.parent = parent;
  p->record.name = stat->name;
  p->record.program = sys::read_link(path(pid, "exe")).value_or("");
  p->start_ticks = stat->start_ticks;
  const double start_s = static_cast<double>(stat->start_ticks) / with_.ticks_per_second;
  p->record.begin_s = std::clamp(start_s - with_.boot_s_at_begin, 0.0, now_s);
  p->record.end_s = now_s;
  if (with_.is_foreign && start_s < with_.boot_s_at_begin) {
    p->has_base = true;
    p->base = *stat;
    p->io_base = parse_io(sys::read_text(path(pid, "io"), 1024).value_or("")).value_or(io_lines{});
  }
  ++out_.processes_seen;
  process_state& process = *p;
  if (found != processes_.end()) {
    out_.processes.push_back(found->second->record);
    found->second = std::move(p);
  } else {
    processes_.emplace(pid, std::move(p));
  }
  if (stat->state == 'Z') {
    note_once("process " + std::to_string(pid) +
              " has ended and only waits for its parent to collect it");
    process.is_ended = true;
    return;
  }
  add_thread(process, pid, now_s);
}

void sampler::add_thread(process_state& process, int tid, double now_s) {
  if (process.threads.count(tid) != 0 || process.zombies.count(tid) != 0) return;
  if (live_.size() >= threads_max) {
    note_once("more than " + std::to_string(threads_max) +
              " threads at once: the others were not watched");
    return;
  }
  const int pid = process.record.pid;
  auto t = std::make_unique<thread_state>();
  t->record.pid = pid;
  t->record.tid = tid;
  t->record.name = process.record.name;
  t->record.begin_s = tid == pid ? process.record.begin_s : now_s;
  t->process = &process;
  t->schedstat = sys::kept_file(path(pid, tid, "schedstat"));
  t->syscall = sys::kept_file(path(pid, tid, "syscall"));
  // What it did before the watch began is not ours, whenever it was found: a process that lost its
  // parent is seen only then.
  bool began_before_us = process.has_base && out_.ticks == 0;
  if (tid != pid || process.has_base) {
    const auto text = sys::read_text(path(pid, tid, "stat"), 1024);
    if (const auto stat = parse_stat(text.value_or(""))) {
      t->record.name = stat->name;
      const double start_s = static_cast<double>(stat->start_ticks) / with_.ticks_per_second;
      t->record.begin_s =
          std::clamp(start_s - with_.boot_s_at_begin, process.record.begin_s, now_s);
      began_before_us = process.has_base && start_s < with_.boot_s_at_begin;
    }
  }
  if (began_before_us) {
    t->base = parse_schedstat(t->schedstat.read(false)).value_or(schedstat_line{});
    t->record.begin_s = now_s;
    if (const auto text = sys::read_text(path(pid, tid, "status"), 4096)) {
      t->status_base = parse_status(*text).value_or(status_lines{});
    }
  }
  t->last = t->base;
  t->last_look_s = t->record.begin_s;
  t->record.end_s = t->record.begin_s;
  process.threads.emplace(tid, t.get());
  ++out_.threads_seen;
  if (live_.size() < timelines_max && out_.threads.size() < timelines_max) {
    t->record.timeline.reserve(buckets_max);
    t->record.timeline.resize(1);
  }
  live_.push_back(std::move(t));
}

void sampler::discover(double now_s, bool thorough) {
  std::vector<std::pair<int, int>> found;  // child, parent
  if (with_.own_pid > 0) {
    for (const int child : children_of(with_.root, with_.own_pid))
      found.emplace_back(child, with_.own_pid);
  }
  for (auto& [pid, process] : processes_) {
    if (process->is_ended) continue;
    const auto tids = sys::list_numbers(path(pid, "task"), threads_max);
    if (!tids) {
      process->is_ended = true;  // its threads notice by themselves at their next look
      continue;
    }
    process->threads_now = static_cast<unsigned>(tids->size());
    process->record.threads_max = std::max(process->record.threads_max, process->threads_now);
    std::size_t added = 0;
    for (const int tid : *tids) {
      if (process->threads.count(tid) == 0 && added < added_max) {
        add_thread(*process, tid, now_s);
        ++added;
      }
      if (tid != pid && !thorough) continue;
      const auto text = sys::read_text(path(pid, tid, "children"), 65536);
      for (const int child : parse_children(text.value_or(""))) found.emplace_back(child, pid);
    }
  }
  for (const auto& [child, parent] : found) {
    if (child != with_.own_pid && with_.not_ours.count(child) == 0)
      add_process(child, parent, now_s);
  }
  unsigned alive = 0;
  for (const auto& [pid, process] : processes_) {
    if (!process->is_ended) alive += process->threads_now;
  }
  threads_there_ = alive;
  out_.threads_at_once_max = std::max(out_.threads_at_once_max, alive);
  out_.processes_at_once_max =
      std::max(out_.processes_at_once_max, static_cast<unsigned>(living_processes()));
}

std::size_t sampler::living_processes() const {
  std::size_t count = 0;
  for (const auto& [pid, process] : processes_) count += process->threads.empty() ? 0U : 1U;
  return count;
}

std::size_t sampler::round(double now_s, std::size_t visits_max) {
  widen_buckets(now_s);
  const std::size_t visits = std::min(visits_max, live_.size());
  for (std::size_t i = 0; i < visits; ++i) {
    if (next_ >= live_.size()) next_ = 0;
    thread_state& t = *live_[next_++];
    if (!t.is_gone && !look(t, now_s)) t.is_gone = true;
  }
  ++out_.ticks;
  count_crowds(now_s - last_crowd_s_);
  last_crowd_s_ = now_s;
  const auto gone = [](const thread_ptr& t) { return t->is_gone; };
  if (std::any_of(live_.begin(), live_.end(), gone)) {
    for (const thread_ptr& t : live_) {
      if (t->is_gone) end_thread(*t);
    }
    live_.erase(std::remove_if(live_.begin(), live_.end(), gone), live_.end());
    next_ = live_.empty() ? 0 : next_ % live_.size();
  }
  return visits;
}

bool sampler::look(thread_state& t, double now_s) {
  const bool keep = t.schedstat.is_open() || kept_open_ + 2 < with_.descriptors_max;
  const bool was_open = t.schedstat.is_open();
  const auto now = parse_schedstat(t.schedstat.read(keep, 128));
  if (!was_open && t.schedstat.is_open()) ++kept_open_;
  if (was_open && !t.schedstat.is_open()) --kept_open_;
  if (!now) return false;
  // A thread that has not run since the last look is where it was: one file says so, the others
  // need not be read.
  const bool is_unmoved =
      t.has_last && now->slices == t.last.slices && now->run_ns == t.last.run_ns;
  if (is_unmoved && !t.is_running && t.reused < reuse_max) {
    ++t.reused;
  } else {
    const bool check_state = is_unmoved;  // asleep for long: perhaps it was stopped
    t.reused = 0;
    look_at_call(t);
    if (check_state && !t.is_running) look_at_state(t);
  }
  account(t, now_s, *now);
  return !t.is_gone;
}

void sampler::look_at_call(thread_state& t) {
  const bool keep = t.syscall.is_open() || kept_open_ + 2 < with_.descriptors_max;
  const bool was_open = t.syscall.is_open();
  const std::string_view text = t.syscall.read(keep, 256);
  if (!was_open && t.syscall.is_open()) ++kept_open_;
  if (was_open && !t.syscall.is_open()) --kept_open_;
  t.is_sync = false;
  t.is_disk_sleep = false;
  t.futex_address = 0;
  const auto line = parse_syscall(text);
  if (line) {
    apply_call(t, *line);
    return;
  }
  if (!text.empty() || t.syscall.last_errno() == 0)
    return;  // cut off or just ended: keep what we knew
  note_once(
      "system calls of process " + std::to_string(t.record.pid) +
      " may not be read (not ours): causes come from kernel function names and are less certain");
  look_at_state(t);
  if (t.is_running) return;
  const auto wchan = sys::read_text(path(t.record.pid, t.record.tid, "wchan"), 128);
  if (t.now != cause::stopped && !t.is_disk_sleep) t.now = describe_wchan(wchan.value_or(""));
}

void sampler::apply_call(thread_state& t, const syscall_line& line) {
  t.is_running = line.state == syscall_line::what::running;
  if (t.is_running) return;
  if (line.state == syscall_line::what::outside) {
    look_at_state(t);
    return;
  }
  const call c = describe_call(line.number);
  t.is_sync = c.is_sync;
  if (c.is_epoll) t.record.was_in_epoll = true;
  switch (c.kind) {
    case call_kind::known:
      t.now = c.where;
      break;
    case call_kind::descriptor:
      t.now = kind_of(t.record.pid, line.args[c.argument]);
      break;
    case call_kind::poll_set:
      t.now = kind_of_poll_set(t.record.pid, line);
      break;
    case call_kind::select_set:
      t.now = kind_of_select_set(t.record.pid, line);
      break;
    case call_kind::futex:
      t.now = cause::futex;
      t.futex_address = line.args[0];
      t.futex_is_mutex = is_mutex_wait(line);
      break;
    case call_kind::file_control:
      t.now = cause::file_lock;
      break;
  }
}

// The state letter: page faults, stops and zombies do not show in the system call.
void sampler::look_at_state(thread_state& t) {
  const auto text = sys::read_text(path(t.record.pid, t.record.tid, "stat"), 1024);
  const auto stat = parse_stat(text.value_or(""));
  if (!stat) return;
  switch (stat->state) {
    case 'R':
      t.is_running = true;
      return;
    case 'Z':
    case 'X':
      t.is_gone = true;
      t.process->zombies.insert(t.record.tid);
      return;
    case 'T':
    case 't':
      t.now = cause::stopped;
      break;
    case 'D':
      if (t.now == cause::unknown || t.now == cause::stopped) t.now = cause::file;
      t.is_disk_sleep = true;
      break;
    default:
      if (t.now == cause::stopped) t.now = cause::unknown;
      break;
  }
  t.is_running = false;
}

cause sampler::kind_of(int pid, std::uint64_t descriptor) const {
  const auto link = sys::read_link(path(pid, "fd/") + std::to_string(descriptor));
  return link ? describe_descriptor(*link) : cause::unknown;
}

cause sampler::kind_of_poll_set(int pid, const syscall_line& line) const {
  struct entry {
    int descriptor;
    short events;
    short answers;
  };
  constexpr std::uint64_t entries_max = 3;  // more are an event loop whatever they are
  const std::uint64_t count = line.args[1] & 0xffffffffU;
  if (count == 0) return cause::timer;
  if (count > entries_max - 1 || !with_.may_read_memory) {
    return count > entries_max - 1 ? cause::event : cause::socket;
  }
  std::array<entry, entries_max> entries{};
  if (!sys::read_memory(pid, line.args[0], entries.data(), count * sizeof(entry)))
    return cause::socket;
  std::vector<cause> kinds;
  for (std::size_t i = 0; i < count; ++i) {
    if (entries[i].descriptor < 0) continue;
    kinds.push_back(kind_of(pid, static_cast<std::uint64_t>(entries[i].descriptor)));
  }
  return describe_set(kinds);
}

cause sampler::kind_of_select_set(int pid, const syscall_line& line) const {
  constexpr std::uint64_t highest_max = 1024;
  const std::uint64_t highest = line.args[0] & 0xffffffffU;
  if (highest == 0 || (line.args[1] == 0 && line.args[2] == 0 && line.args[3] == 0))
    return cause::timer;
  if (highest > highest_max || !with_.may_read_memory) return cause::event;
  std::array<std::uint64_t, highest_max / 64> wanted{};
  for (const std::uint64_t address : {line.args[1], line.args[2]}) {
    std::array<std::uint64_t, highest_max / 64> set{};
    const std::size_t words = (highest + 63) / 64;
    if (address == 0 || !sys::read_memory(pid, address, set.data(), words * 8)) continue;
    for (std::size_t i = 0; i < words; ++i) wanted[i] |= set[i];
  }
  std::vector<cause> kinds;
  for (std::uint64_t d = 0; d < highest && kinds.size() < 4; ++d) {
    if ((wanted[d / 64] >> (d % 64) & 1U) != 0) kinds.push_back(kind_of(pid, d));
  }
  return describe_set(kinds);
}

void sampler::account(thread_state& t, double now_s, const schedstat_line& now) {
  const auto delta = [](std::uint64_t a, std::uint64_t b) {
    return a > b ? static_cast<double>(a - b) * 1e-9 : 0.0;
  };
  const double span = std::max(0.0, now_s - t.last_look_s);
  const double ran = delta(now.run_ns, t.last.run_ns);
  const double wanted = delta(now.wait_ns, t.last.wait_ns);
  thread_record& r = t.record;
  r.on_cpu_s += ran;
  r.wanted_s += wanted;
  r.slices += now.slices > t.last.slices ? now.slices - t.last.slices : 0;
  r.end_s = std::max(r.end_s, now_s);
  ++r.looks;
  ++out_.looks;
  if (t.is_running) {
    r.running_looks_s += span;
  } else {
    r.blocked_looks_s[index_of(t.now)] += span;
    if (t.is_disk_sleep) r.disk_sleep_looks_s += span;
    if (t.is_sync) ++r.called_fsync;
  }
  if (!t.is_running && t.now == cause::futex && t.futex_address != 0) {
    const auto same = [&t](const futex_place& f) { return f.address == t.futex_address; };
    auto place = std::find_if(r.futexes.begin(), r.futexes.end(), same);
    if (place == r.futexes.end()) {
      if (r.futexes.size() >= futexes_max) {
        const auto shorter = [](const futex_place& a, const futex_place& b) {
          return a.seconds < b.seconds;
        };
        r.futexes.erase(std::min_element(r.futexes.begin(), r.futexes.end(), shorter));
      }
      r.futexes.push_back({t.futex_address, 0, t.futex_is_mutex});
      place = r.futexes.end() - 1;
    }
    place->seconds += span;
    place->is_mutex_like = place->is_mutex_like || t.futex_is_mutex;
  }
  draw(t, span, ran, wanted, now_s);
  t.last = now;
  t.has_last = true;
  t.last_look_s = now_s;
}

// Spreads one look over the columns its time covers.
void sampler::draw(thread_state& t, double span, double ran, double wanted, double now_s) {
  std::vector<bucket>& line = t.record.timeline;
  if (line.empty() || span <= 0) return;
  const double width = out_.bucket_s;
  const auto column_of = [width](double at) {
    return std::min(static_cast<std::size_t>(std::max(0.0, at) / width), buckets_max - 1);
  };
  const std::size_t last = column_of(now_s);
  if (line.size() <= last) line.resize(last + 1);
  for (std::size_t c = column_of(t.last_look_s); c <= last; ++c) {
    const double from = std::max(t.last_look_s, static_cast<double>(c) * width);
    const double to = c == last ? now_s : std::min(now_s, static_cast<double>(c + 1) * width);
    const double part = std::max(0.0, to - from) / span;
    bucket& b = line[c];
    b.on_cpu_s += static_cast<float>(ran * part);
    b.wanted_s += static_cast<float>(wanted * part);
    b.blocked_s += static_cast<float>(std::max(0.0, span - ran - wanted) * part);
    if (!t.is_running) b.looks_s[index_of(t.now)] += static_cast<float>(span * part);
  }
}

// Columns get twice as wide when the observation outgrows them, so that every run fills between 60
// and 120.
void sampler::widen_buckets(double now_s) {
  while (now_s >= out_.bucket_s * static_cast<double>(buckets_max)) {
    const auto halve = [](std::vector<bucket>& all) {
      const std::size_t half = (all.size() + 1) / 2;
      for (std::size_t i = 0; i < half; ++i) {
        bucket sum = all[2 * i];
        if (2 * i + 1 < all.size()) {
          const bucket& more = all[2 * i + 1];
          sum.on_cpu_s += more.on_cpu_s;
          sum.wanted_s += more.wanted_s;
          sum.blocked_s += more.blocked_s;
          for (std::size_t c = 0; c < cause_count; ++c) sum.looks_s[c] += more.looks_s[c];
        }
        all[i] = sum;
      }
      all.resize(half);
    };
    for (const thread_ptr& t : live_) halve(t->record.timeline);
    for (thread_record& r : out_.threads) halve(r.timeline);
    out_.bucket_s *= 2;
  }
}

void sampler::count_crowds(double span_s) {
  if (span_s <= 0) return;
  std::array<unsigned, cause_count> at_once{};
  std::map<std::pair<int, std::uint64_t>, unsigned> waiters;
  for (const thread_ptr& t : live_) {
    if (t->is_gone || t->is_running || !t->has_last) continue;
    ++at_once[index_of(t->now)];
    if (t->now == cause::futex && t->futex_address != 0)
      ++waiters[{t->record.pid, t->futex_address}];
  }
  for (std::size_t c = 0; c < cause_count; ++c) {
    out_.waiting_at_once_s[c] += span_s * at_once[c];
    out_.waiting_at_once_max[c] = std::max(out_.waiting_at_once_max[c], at_once[c]);
  }
  for (const auto& [where, count] : waiters) {
    if (crowds_.size() >= crowds_max && crowds_.count(where) == 0) continue;
    crowd_record& crowd = crowds_[where];
    crowd.pid = where.first;
    crowd.address = where.second;
    crowd.waiter_seconds += span_s * count;
    if (count >= 2) crowd.crowded_s += span_s;
    crowd.waiters_max = std::max(crowd.waiters_max, count);
  }
}

void sampler::end_thread(thread_state& t) {
  if (t.schedstat.is_open()) --kept_open_;
  if (t.syscall.is_open()) --kept_open_;
  t.record.has_ended = true;
  process_state& p = *t.process;
  p.record.end_s = std::max(p.record.end_s, t.record.end_s);
  p.threads.erase(t.record.tid);
  if (p.threads.empty()) {
    p.is_ended = true;
    p.record.has_ended = true;
  }
  if (out_.threads.size() < ended_records_max) {
    out_.threads.push_back(std::move(t.record));
  } else {
    fold(t.record);
  }
}

// Programs that start ten thousand short threads or processes: those beyond the limit become one
// record per name.
void sampler::fold(const thread_record& ended) {
  constexpr std::size_t names_max = 256;
  std::string name = ended.name;
  if (folded_.count(name) == 0 && folded_.size() >= names_max) name = "(others)";
  const auto [at, is_new] = folded_.try_emplace(name, out_.threads.size());
  if (is_new) {
    thread_record first;
    first.name = name;
    first.has_ended = true;
    first.pid = ended.pid;
    first.tid = ended.tid;
    out_.threads.push_back(first);
  }
  thread_record& sum = out_.threads[at->second];
  ++sum.folded_threads;
  // begin and end of a fold are the sum of lives laid end to end: only the difference means
  // something.
  sum.end_s += ended.end_s - ended.begin_s;
  sum.on_cpu_s += ended.on_cpu_s;
  sum.wanted_s += ended.wanted_s;
  for (std::size_t c = 0; c < cause_count; ++c) sum.blocked_looks_s[c] += ended.blocked_looks_s[c];
  sum.running_looks_s += ended.running_looks_s;
  sum.disk_sleep_looks_s += ended.disk_sleep_looks_s;
  sum.looks += ended.looks;
  sum.slices += ended.slices;
  sum.voluntary += ended.voluntary;
  sum.involuntary += ended.involuntary;
  sum.called_fsync += ended.called_fsync;
}

void sampler::read_slow_figures(double now_s) {
  for (auto& [pid, process] : processes_) {
    if (process->is_ended || process->threads.empty()) continue;
    process->record.end_s = now_s;
    read_process(*process);
  }
  constexpr std::size_t status_reads_max =
      200;  // a round of ten thousand would cost a second's budget
  std::size_t reads = 0;
  for (const thread_ptr& t : live_) {
    if (++reads > status_reads_max) break;
    read_slow(*t, *t->process);
  }
}

void sampler::read_slow(thread_state& t, process_state& p) {
  const auto text = sys::read_text(path(t.record.pid, t.record.tid, "status"), 4096);
  const auto status = parse_status(text.value_or(""));
  if (!status) return;
  t.record.voluntary = status->voluntary - std::min(status->voluntary, t.status_base.voluntary);
  t.record.involuntary =
      status->involuntary - std::min(status->involuntary, t.status_base.involuntary);
  p.record.peak_rss_kib = std::max(p.record.peak_rss_kib, status->peak_rss_kib);
  p.record.cpus_allowed = std::max(p.record.cpus_allowed, status->cpus_allowed);
}

void sampler::read_process(process_state& p) {
  const int pid = p.record.pid;
  const auto stat = parse_stat(sys::read_text(path(pid, "stat"), 1024).value_or(""));
  if (stat) {
    const double tick = 1.0 / with_.ticks_per_second;
    const auto since = [](std::uint64_t now, std::uint64_t base) {
      return now > base ? now - base : 0;
    };
    p.record.name = stat->name;  // a fork becomes another program by exec
    p.record.user_s = static_cast<double>(since(stat->user_ticks, p.base.user_ticks)) * tick;
    p.record.kernel_s = static_cast<double>(since(stat->kernel_ticks, p.base.kernel_ticks)) * tick;
    p.record.minor_faults = since(stat->minor_faults, p.base.minor_faults);
    p.record.major_faults = since(stat->major_faults, p.base.major_faults);
    const auto leader = p.threads.find(pid);
    if (leader != p.threads.end()) leader->second->record.name = stat->name;
  }
  if (p.record.program.empty() || p.rounds < 3) {
    p.record.program = sys::read_link(path(pid, "exe")).value_or(p.record.program);
  }
  if (const auto io = parse_io(sys::read_text(path(pid, "io"), 1024).value_or(""))) {
    p.record.read_bytes = io->read_bytes - std::min(io->read_bytes, p.io_base.read_bytes);
    p.record.written_bytes =
        io->written_bytes - std::min(io->written_bytes, p.io_base.written_bytes);
    p.record.read_calls = io->read_calls - std::min(io->read_calls, p.io_base.read_calls);
    p.record.write_calls = io->write_calls - std::min(io->write_calls, p.io_base.write_calls);
  }
  constexpr std::size_t descriptors_looked_at = 64;
  if (p.rounds++ % 4 == 0) {
    unsigned sockets = 0;
    const auto numbers = sys::list_numbers(path(pid, "fd"), descriptors_looked_at);
    for (const int fd : numbers.value_or(std::vector<int>{})) {
      const auto link = sys::read_link(path(pid, "fd/") + std::to_string(fd));
      if (!link) continue;
      if (link->starts_with("socket:")) ++sockets;
      if (link->find("eventpoll") != std::string::npos) p.record.has_epoll = true;
    }
    p.record.sockets_max = std::max(p.record.sockets_max, sockets);
  }
}

std::vector<live_thread> sampler::snapshot(std::size_t most) const {
  std::vector<live_thread> all;
  for (const thread_ptr& t : live_) {
    const thread_record& r = t->record;
    const double life = std::max(1e-9, r.end_s - r.begin_s);
    all.push_back(
        {r.pid, r.tid, r.name, r.on_cpu_s / life, r.wanted_s / life, t->now, t->is_running});
  }
  const auto busier = [](const live_thread& a, const live_thread& b) {
    const double left = a.on_cpu_share + a.wanted_share;
    const double right = b.on_cpu_share + b.wanted_share;
    return left > right || (left == right && a.tid < b.tid);
  };
  std::sort(all.begin(), all.end(), busier);
  if (all.size() > most) all.resize(most);
  return all;
}

observation sampler::finish(double now_s) {
  out_.wall_s = now_s;
  for (const thread_ptr& t : live_) {
    const bool has_ended = t->is_gone;
    end_thread(*t);
    if (!has_ended && !out_.threads.empty() && out_.threads.back().tid == t->record.tid) {
      out_.threads.back().has_ended = false;
    }
  }
  live_.clear();
  if (out_.threads_at_once_max > out_.threads_seen) {
    note_once(std::to_string(out_.threads_at_once_max) + " threads were there at once, " +
              std::to_string(out_.threads_seen) +
              " of them were watched: to look at all would cost more than one percent of a core");
  }
  for (auto& [pid, process] : processes_) out_.processes.push_back(std::move(process->record));
  processes_.clear();
  const auto earlier = [](const process_record& a, const process_record& b) {
    return a.begin_s < b.begin_s || (a.begin_s == b.begin_s && a.pid < b.pid);
  };
  std::sort(out_.processes.begin(), out_.processes.end(), earlier);
  for (const auto& [where, crowd] : crowds_) out_.crowds.push_back(crowd);
  const auto longer = [](const crowd_record& a, const crowd_record& b) {
    return a.waiter_seconds > b.waiter_seconds;
  };
  std::sort(out_.crowds.begin(), out_.crowds.end(), longer);
  return std::move(out_);
}

}  // namespace tutti::cli::advise
