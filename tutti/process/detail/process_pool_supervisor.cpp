/// \file
/// The pool's supervising thread: answers, deaths, clocks, replacements.
#include <algorithm>
#include <utility>

#include <tutti/base/error.hpp>
#include <tutti/base/remote_error.hpp>
#include <tutti/process/backend/identity.hpp>
#include <tutti/process/detail/process_pool_core.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/wire/failure.hpp>

namespace tutti::detail {
namespace {

/// Nanoseconds after which a worker that begins nothing is taken for stopped.
constexpr std::int64_t stopped_after(duration task_timeout) noexcept {
  return std::max<duration>(task_timeout, std::chrono::milliseconds(100)).count();
}

/// Rounds of the supervisor that may go to answers alone.
constexpr std::uint32_t answers_first = 64;

}  // namespace

void process_pool_core::supervise() {
  bool delivered = false;
  for (std::uint32_t round = 1;; ++round) {
    // However many answers there are: deaths and clocks have their turn.
    const bool look_around = round % answers_first == 0;
    const bool any = collect();
    if (any && settings_.logs_output) read_output();
    deliver();
    if (any) {
      delivered = true;
      if (!look_around) continue;
    }
    if (all_done()) break;
    if (std::exchange(delivered, false) && !look_around && linger()) continue;
    retire_worn_out();
    fill_vacancies();
    const bool deaths = sleep();
    if (!talking_.empty()) read_output();
    if (deaths) look_after_deaths();
    look_at_clocks();
  }
  dismiss_workers();
  std::vector<function<void()>> tell;
  {
    const sys::lock guard{mutex_};
    ended_ = true;
    tell = std::exchange(on_closed_, {});
  }
  for (auto& one : tell) one();
}

/// Answers come in bursts: looks for the next one a while before it is worth to sleep for it.
bool process_pool_core::linger() {
  constexpr std::uint32_t between_looks = 16;
  for (std::uint32_t i = 0; i < spins_; ++i) {
    os::relax();
    if (i % between_looks != 0) continue;
    const sys::lock guard{mutex_};
    for (const auto& lane : lanes_)
      if (lane != nullptr && lane->answer_ready()) return true;
  }
  return false;
}

/// Takes every published answer and hands out waiting calls; true if there were answers.
bool process_pool_core::collect() {
  sys::decide(sys::operation::get, this);
  const sys::lock guard{mutex_};
  for (const auto& lane : lanes_)
    if (lane != nullptr) collect_from(*lane);
  refill();
  return !batch_.empty();
}

void process_pool_core::collect_from(host_lane& lane) noexcept {
  bool answered = false;
  try {
    finished f{nullptr, &lane, {}};
    // No more than there is room for: a worker that writes without end is not waited for.
    while (batch_.size() < batch_.capacity() && lane.next_answer(f.answer, f.call)) {
      answered = true;
      if (f.call != nullptr) {
        --running_;
        ++done_;
      }
      batch_.push_back(f);
    }
  } catch (...) {       // a wire_error, or what came of saying so
    lane.open = false;  // its calls fail as those of a crashed one
    lane.wrote_nonsense = true;
    lane.kill();
  }
  // It ran dry while others waited: calls are short, so more of them may be on their way at once.
  if (answered && lane.idle() && !queue_.empty())
    lane.window = std::min(lane.window * 2, window_max);
}

void process_pool_core::deliver() noexcept {
  for (finished& f : batch_) deliver_one(f);
  batch_.clear();
}

namespace {

std::exception_ptr failure_in(wire::byte_reader& in, answer_kind kind) noexcept try {
  if (kind != answer_kind::failure) return std::make_exception_ptr(std::bad_alloc());
  return failure_from_worker(in);
} catch (...) {
  return std::current_exception();
}

}  // namespace

void process_pool_core::deliver_one(finished& f) noexcept {
  wire::byte_reader in{f.lane->bytes_of(f.answer), f.lane->sender()};
  if (f.call == nullptr) {
    const bool failed =
        f.answer.kind == answer_kind::failure || f.answer.kind == answer_kind::out_of_memory;
    if (f.answer.kind == answer_kind::ready) failed_starts_ = 0;  // so workers can start
    // In its turn: it says that everything up to it may be overwritten.
    if (!failed) return f.lane->consume(f.answer);
    // The initializer threw: nothing can run in this pool.
    break_pool(failure_in(in, f.answer.kind));
    return;
  }
  if (settings_.measure_memory) note_growth(*f.call, f.answer.grown);
  release(*f.call);
  if (f.answer.kind == answer_kind::value) {
    try {
      f.call->succeed(in);
    } catch (...) {
      f.call->fail(
          std::current_exception());  // a result that cannot be read is an error, never a hang
    }
  } else {
    f.call->fail(failure_in(in, f.answer.kind));
  }
  f.lane->consume(f.answer);
  f.call->let_go();
}

void process_pool_core::note_growth(const pool_call& call, std::uint64_t bytes) noexcept try {
  {
    const sys::lock guard{mutex_};
    if (bytes <= largest_growth_) return;
  }
  std::string task = call.name();
  const sys::lock guard{mutex_};  // nobody but the supervisor writes them
  largest_growth_ = static_cast<std::size_t>(bytes);
  largest_task_ = std::move(task);
} catch (const std::bad_alloc&) {
  // A figure less.
}

/// Sleeps until something happens, not at all if there are answers; true if a worker's end may be
/// among it.
bool process_pool_core::sleep() {
  sys::decide(sys::operation::wait, this);
  const time_point deadline = next_deadline();
  bool quiet = true;
  {
    const sys::lock guard{mutex_};
    for (const auto& lane : lanes_)
      if (lane != nullptr && !lane->announce_sleep()) quiet = false;
    sleeps_ = quiet && deadline == time_point::max();
  }
  poll_.wait(quiet ? deadline : time_point{}, ready_);
  const sys::lock guard{mutex_};
  sleeps_ = false;
  for (const auto& lane : lanes_)
    if (lane != nullptr) lane->withdraw_sleep();
  dead_.clear();
  talking_.clear();
  for (const std::uint64_t value : ready_) {
    if (value == bell_value) {
      os::silence(bell_.get());
    } else if ((value & output_value) != 0) {
      talking_.push_back(static_cast<std::size_t>(value ^ output_value));
    } else if ((value & answers_value) == 0) {  // answers are looked for in any case
      dead_.push_back(static_cast<std::size_t>(value));
    }
  }
  return !dead_.empty();
}

/// What workers have written so far, told before the answers that came after it.
void process_pool_core::read_output() noexcept {
  speakers_.clear();
  {
    const sys::lock guard{mutex_};
    for (const auto& lane : lanes_)
      if (lane != nullptr && lane->output() >= 0) speakers_.push_back(lane.get());
  }
  for (host_lane* const lane : speakers_) tell_output(*lane, false);
}

void process_pool_core::tell_output(host_lane& lane, bool ended) noexcept try {
  const auto tell = settings_.on_output != nullptr ? settings_.on_output : &log_to_stderr;
  const auto take = [&](std::string_view line) { tell({lane.name(), lane.pid(), line}); };
  ended ? lane.finish_output(take) : lane.read_output(take);
} catch (const std::bad_alloc&) {
  // A line less.
}

void process_pool_core::look_after_deaths() {
  for (const std::size_t slot : dead_) bury(slot);
}

/// A worker has ended: what it answered counts, what it had begun is lost, the rest goes to others.
void process_pool_core::bury(std::size_t slot) noexcept {
  std::unique_ptr<host_lane> lane;
  os::ended how;
  if (settings_.logs_output) read_output();
  {
    const sys::lock guard{mutex_};
    collect_from(*lanes_[slot]);
    const bool was_open = std::exchange(lanes_[slot]->open, false);
    lane = std::move(lanes_[slot]);
    if (was_open) promote_spare();
    // From here on nobody else can reach it: calls name it only while they are in it.
    stop_listening_to(*lane);
    how = lane->reap();
    count_losses(*lane, how);
    ++restarts_;
    refill();
  }
  deliver();
  end_lost(losses_);
  if (settings_.logs_output) tell_output(*lane, true);
  if (!is_crash_loop(*lane, how)) spawn(slot);
}

/// Workers that die in a row without having been of use: more of them would not help.
bool process_pool_core::is_crash_loop(const host_lane& lane, const os::ended& how) noexcept {
  failed_starts_ = lane.ready ? 0 : failed_starts_ + 1;
  idle_deaths_ = lane.ready && lane.given == 0 ? idle_deaths_ + 1 : 0;
  const bool starting = failed_starts_ >= failed_starts_max;
  if (!starting && idle_deaths_ < idle_deaths_max) return false;
  try {
    throw error(crash_loop_text(starting, how));
  } catch (...) {
    break_pool(std::current_exception());
  }
  return true;
}

std::string process_pool_core::crash_loop_text(bool starting, const os::ended& how) const {
  std::string text = "the workers of pool '" + settings_.name + "' died ";
  text += std::to_string(starting ? failed_starts_ : idle_deaths_) + " times in a row ";
  text += starting ? "before they were ready" : "before they were given any task";
  text += how.signal != 0 ? ", the last by " + os::signal_text(how.signal)
                          : ", the last with code " + std::to_string(how.code);
  return text;
}

void process_pool_core::count_losses(host_lane& lane, const os::ended& how) noexcept {
  host_lane::account owed;
  lane.settle(owed);
  running_ -= owed.count;
  // One that has always just not begun when its worker ends is why that ends.
  if (owed.started.empty() && !owed.untouched.empty() && lane.given != 0 &&
      ++owed.untouched.front()->passes > passes_max) {
    owed.started.push_back(*owed.untouched.pop_front());
  }
  requeue_front(owed.untouched);
  while (pool_call* const call = owed.started.pop_front()) {
    if (how.signal == os::cpu_time_is_up && settings_.cpu_seconds != 0) {
      losses_.push_back({call, fate::used_up, nullptr});
    } else if (call == lane.doomed) {
      losses_.push_back({call, lane.timed_out ? fate::timed_out : fate::cancelled, nullptr});
    } else if (const bool shut =
                   killers_.on() && killers_.note(call->fingerprint(memory_at(call->block)), how);
               !shut && call->retries_left > 0) {
      --call->retries_left;
      list<pool_call> again;
      again.push_back(*call);
      requeue_front(again);
      continue;
    } else {
      losses_.push_back({call, fate::crashed, crash_of(*call, lane, how)});
    }
    call->where = pool_call::place::ending;
    ++done_;
  }
}

std::exception_ptr process_pool_core::crash_of(const pool_call& call, const host_lane& lane,
                                               const os::ended& how) const noexcept try {
  return std::make_exception_ptr(worker_crashed(crash_text(call, lane, how), how.signal, how.code,
                                                call.name(), lane.last_output()));
} catch (...) {
  return std::current_exception();  // no memory for the text
}

std::string process_pool_core::crash_text(const pool_call& call, const host_lane& lane,
                                          const os::ended& how) const {
  std::string text = "worker process " + std::to_string(lane.pid()) + " (" + lane.name() + ") ";
  text += how.signal != 0 ? "was killed by " + os::signal_text(how.signal)
                          : "ended itself with code " + std::to_string(how.code);
  text += " while it ran " + call.name();
  if (lane.wrote_nonsense) text += ", because it wrote nonsense into the memory it shares,";
  if (call.length != 0) text += " with " + call.arguments_text(memory_at(call.block));
  const std::string output = lane.last_output();
  if (!output.empty()) {
    const std::size_t end = output.find_last_not_of('\n');
    const std::size_t begin = output.find_last_of('\n', end);
    text += "; the last it wrote: " + output.substr(begin + 1, end - begin);
  }
  return text;
}

namespace {

/// A function of its own: the temporary, which shares its text with the exception, is gone before
/// anybody sees that.
std::exception_ptr late(const pool_call& call, const char* why) noexcept try {
  return std::make_exception_ptr(timeout_error(call.name() + why + "; its worker was ended"));
} catch (...) {
  return std::current_exception();
}

}  // namespace

void process_pool_core::end_lost(std::vector<lost>& losses) noexcept {
  for (lost& l : losses) {
    release(*l.call);
    switch (l.how) {
      case fate::crashed:
        l.call->fail(std::move(l.error));
        break;
      case fate::cancelled:
        l.call->cancelled();
        break;
      case fate::used_up:
        l.call->fail(late(*l.call, " used more CPU time than the pool's cpu_limit"));
        break;
      case fate::timed_out:
        l.call->fail(late(*l.call, " ran longer than the pool's task_timeout"));
        break;
    }
    l.call->let_go();
  }
  losses.clear();
}

void process_pool_core::spawn(std::size_t slot) noexcept {
  try {
    auto made = std::make_unique<host_lane>(options_for(slot), arguments_.descriptor());
    listen_to(*made, slot);
    refused_ = 0;
    const sys::lock guard{mutex_};
    unsigned serving = 0;
    for (const auto& lane : lanes_)
      if (lane != nullptr && !lane->spare && lane->open) ++serving;
    made->spare = serving >= settings_.workers;
    made->open = !made->spare && broken_ == nullptr;
    lanes_[slot] = std::move(made);
    refill();
  } catch (...) {
    // The others go on meanwhile; without any, calls wait, but not for ever.
    vacant_.push_back(slot);
    try_again_ = time_point(duration(os::steady_ns())) + refusal_pause;
    bool any = false;
    {
      const sys::lock guard{mutex_};
      any = std::any_of(lanes_.begin(), lanes_.end(),
                        [](const auto& lane) { return lane != nullptr; });
    }
    if (!any && ++refused_ >= refusals_max) break_pool(std::current_exception());
  }
}

/// Asks again for the workers that the system did not give us.
void process_pool_core::fill_vacancies() noexcept {
  if (vacant_.empty() || os::steady_ns() < try_again_.time_since_epoch().count()) return;
  try_again_ = time_point::max();
  filling_.swap(vacant_);
  for (const std::size_t slot : filling_) spawn(slot);
  filling_.clear();
}

/// Nothing can run any more: everything waiting and everything to come fails with this.
void process_pool_core::break_pool(const std::exception_ptr& why) noexcept {
  list<pool_call> dropped;
  {
    const sys::lock guard{mutex_};
    if (broken_ == nullptr) broken_ = why;
    drop_all(dropped);
    for (const auto& lane : lanes_)
      if (lane != nullptr) lane->open = false;
  }
  while (pool_call* const call = dropped.pop_front()) {
    release(*call);
    call->fail(why);
    call->let_go();
  }
}

/// Time limits count from the start of a call. A call not started yet cannot be late before a whole
/// limit from now.
void process_pool_core::look_at_clocks() {
  if (settings_.task_timeout <= duration::zero()) return;
  const std::int64_t now = os::steady_ns();
  const sys::lock guard{mutex_};
  for (const auto& lane : lanes_) {
    std::int64_t since = 0;
    if (lane == nullptr || lane->idle() || lane->wrote_nonsense) continue;
    if (lane->oldest() != nullptr && lane->oldest_started(since)) {
      if (now - lane->believable_start(since, now) >= settings_.task_timeout.count())
        doom(*lane, *lane->oldest(), true);
    } else if (lane->unstarted_since_ns == 0 || lane->unstarted_cell != lane->oldest_cell()) {
      lane->unstarted_since_ns = now;
      lane->unstarted_cell = lane->oldest_cell();
    } else if (now - lane->unstarted_since_ns >= stopped_after(settings_.task_timeout)) {
      // Its initializer may take as long as it likes, but not while somebody has stopped it.
      if (!lane->ready && !os::is_stopped(lane->pid())) {
        lane->unstarted_since_ns = now;
        continue;
      }
      lane->open = false;  // awake, it would have begun long ago
      lane->kill();
    }
  }
  refill();
}

time_point process_pool_core::next_deadline() {
  if (settings_.task_timeout <= duration::zero()) return try_again_;
  const std::int64_t now = os::steady_ns();
  std::int64_t earliest = try_again_.time_since_epoch().count();
  const sys::lock guard{mutex_};
  for (const auto& lane : lanes_) {
    if (lane == nullptr || lane->idle() || lane->doomed != nullptr || lane->wrote_nonsense)
      continue;
    std::int64_t since = now;
    since = lane->oldest_started(since) ? lane->believable_start(since, now) : now;
    earliest = std::min(earliest, since + settings_.task_timeout.count());
  }
  return time_point(duration(earliest));
}

/// Workers that ran as many calls as they may leave; their place is filled when they are gone.
void process_pool_core::retire_worn_out() {
  if (settings_.max_tasks_per_worker == 0) return;
  const sys::lock guard{mutex_};
  if (broken_ != nullptr) return;
  for (const auto& lane : lanes_)
    if (lane != nullptr && !lane->open && !lane->spare && lane->idle() && lane->doomed == nullptr)
      lane->quit();
}

bool process_pool_core::all_done() {
  const sys::lock guard{mutex_};
  return closed_ && queue_.empty() && running_ == 0 && queued_ == 0;
}

void process_pool_core::dismiss_workers() {
  std::vector<std::unique_ptr<host_lane>> lanes;
  {
    const sys::lock guard{mutex_};
    lanes = std::exchange(lanes_, {});
  }
  for (const auto& lane : lanes)
    if (lane != nullptr) lane->quit();
  const time_point limit{duration(os::steady_ns() + 1'000'000'000)};
  for (const auto& lane : lanes) {
    if (lane == nullptr) continue;
    if (!os::wait_ended(lane->handle(), limit)) lane->kill();
    stop_listening_to(*lane);
    lane->reap();
    if (settings_.logs_output) tell_output(*lane, true);
  }
}

}  // namespace tutti::detail
