#include <tutti/testing/detail/simulation.hpp>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>

#include <tutti/async/detail/net_backend.hpp>
#include <tutti/core/frame_pool.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/core/thread_cell.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/sys/wall_clock.hpp>
#include <tutti/testing/detail/verdicts.hpp>

namespace tutti::detail {
namespace {

constexpr time_point epoch_of_runs{std::chrono::hours(1)};
constexpr std::uint32_t turn_max = 1000;    // steps before the fair rule lets another strand go
constexpr std::uint32_t rounds_max = 1000;  // of a loop whose tasks only yield
constexpr double swarm_on = 0.25;           // how many of the faults a seed turns on
constexpr double swarm_memory_bits = 10;    // it lets one of the first 2^10 allocations fail

constexpr std::uint64_t hash_prime = 0x100000001b3U;  // FNV-1a

/// An access says its order itself; what a thread's start and end order goes from strand to strand.
bool has_own_order(sys::operation what) noexcept {
  return what == sys::operation::access || what == sys::operation::look ||
         what == sys::operation::spawn || what == sys::operation::end;
}

thread_local std::uint64_t runs_of_this_thread = 0;

constexpr std::string_view nameless = "thread-";

sys::atomic<unobserved_handler> handler_outside{nullptr};

/// What is left unread because the run was broken off is no news.
void unobserved_inside(std::string_view name, const std::exception_ptr& error) noexcept {
  simulation* const world = simulation::here();
  if (world != nullptr && (world->has_failed() || world->is_ending())) return;
  if (const unobserved_handler other = handler_outside.load(sys::relaxed); other != nullptr) {
    other(name, error);
    return;
  }
  if (world != nullptr && world->blames_thread(name, error)) return;
  try {
    const std::string who(name);
    std::fprintf(stderr, "tutti: nobody read the error of \"%s\": %s\n", who.c_str(),
                 describe(error).c_str());
  } catch (...) {
    std::fputs("tutti: nobody read an error, and there was no memory to say which\n", stderr);
  }
}

/// Independent streams from one seed, so that drawing from one leaves the others alone.
tutti::detail::random stream_of(std::uint64_t seed, std::uint64_t which) noexcept {
  tutti::detail::random mix(seed * 0x9e3779b97f4a7c15U + which);
  return mix.split();
}

}  // namespace

simulation::simulation() {
  describe_own_stack(outside_);
  add_hook(*this);
  const unobserved_handler before = set_unobserved_handler(&unobserved_inside);
  if (before != &unobserved_inside) handler_outside.store(before, sys::relaxed);
}

simulation::~simulation() {
  remove_hook(*this);
  set_unobserved_handler(handler_outside.load(sys::relaxed));
}

// ---- a run --------------------------------------------------------------------------------------

run_result simulation::run(const setup& how, function_ref<void()> scenario) {
  setup_ = how;
  if (setup_.chooses == nullptr) setup_.chooses = &straight_;
  result_ = run_result{};
  result_.hash = 0xcbf29ce484222325U;
  user_dice_ = stream_of(how.seed, 1);
  fault_dice_ = stream_of(how.seed, 2);
  network_dice_ = stream_of(how.seed, 3);
  jitter_dice_ = stream_of(how.seed, 4);
  memory_dice_ = stream_of(how.seed, 5);
  now_ = epoch_of_runs;
  task_number_ = 0;
  progress_ = 1;
  started_ = 0;
  turn_ = 0;
  rounds_ = 0;
  steps_at_round_ = 0;
  ending_ = false;
  live_.clear();
  free_.clear();
  for (const std::unique_ptr<strand>& s : all_) free_.push_back(s.get());
  hot_.clear();
  wishes_.clear();
  look_at_limits();
  draw_faults();
  const frame_pool::pause no_memory_of_former_runs;
  watchdog_.enter();
  const bool memory_fails = watches_memory();
  if (memory_fails) ++memory_is_watched;
  outside_here_ = sys::current;
  sys::world* const outer_world = std::exchange(sys::current_world, this);
  nodes::keeper* const outer_keeper = std::exchange(nodes::current, this);
  const kept_network outer_network;  // a run that fails may not end its own
  run_number_ = ++runs_of_this_thread;
  if (setup_.weak_memory) {
    memory_.begin_run();
    sys::current_memory = &memory_;
  }

  strand& main = *obtain("main");
  main.body = [scenario] { scenario(); };
  resume(main);
  if (!has_failed()) look_for_leaks();
  if (setup_.wants_counts) {
    result_.steps_of.resize(started_);
    for (const std::unique_ptr<strand>& s : all_) {
      if (s->number < started_) result_.steps_of[s->number] = s->steps;
    }
  }
  result_.strands = started_;
  if (!alive_.empty()) end_everything();
  if (!nodes_.empty()) clear_nodes();

  watchdog_.leave();
  sys::simulated_wall_shift = {};
  sys::current_memory = nullptr;
  sys::current_world = outer_world;
  nodes::current = outer_keeper;
  if (memory_fails) --memory_is_watched;
  sys::current = outside_here_;
  quiet_ = nullptr;
  return std::move(result_);
}

strand* simulation::obtain(std::string_view name) {
  const aside no_steps(*this);
  if (free_.empty()) {
    auto made = std::make_unique<strand>();
    made->stack = std::make_unique<fiber>();
    ready_.reserve(all_.size() + 1);
    alive_.reserve(all_.size() + 1);
    free_.reserve(all_.size() + 1);
    free_.push_back(made.get());
    all_.push_back(std::move(made));
  }
  strand* const s = free_.back();
  free_.pop_back();
  s->number = started_++;
  s->name = name;
  if (name.starts_with(nameless)) {  // counted over the whole process: count anew in each run
    s->name = std::string(nameless) + std::to_string(s->number);
  }
  s->steps = 0;
  s->touches = s;
  s->concerns = 0;
  s->node = 0;
  s->heads_node = false;
  s->idle_at = 0;
  s->joiner = nullptr;
  s->joins = nullptr;
  s->parked_at = nullptr;
  s->deadline = time_point::max();
  s->what = sys::operation::spawn;
  s->object = nullptr;
  s->here = sys::current_state{};
  s->here.sleeper = &s->own_parker;
  (void)s->own_parker.take_token();
  s->stack->exceptions[0] = s->stack->exceptions[1] = nullptr;
  s->stack->prepare(&strand_main, s);
  setup_.chooses->started(*s);
  if (setup_.weak_memory) memory_.strand_started(strand_now(), s->number);
  alive_.push_back(s);
  make_ready(*s);
  if (setup_.record != nullptr) setup_.record->names.emplace_back(s->name);
  return s;
}

void simulation::strand_main(void* handle) noexcept {
  strand& s = *static_cast<strand*>(handle);
  simulation& self = *here();
  if (memory_is_watched != 0) {  // a real thread has its cell without asking for memory
    const unfailing note;
    (void)thread_cell_here();
  }
  try {
    s.body();
  } catch (...) {
    self.escaped(s, std::current_exception());
  }
  s.body.reset();
  if (sys::current.drop_own_cell != nullptr) {
    sys::current.drop_own_cell(std::exchange(sys::current.own_cell, nullptr));
  }
  self.end_strand(s);
}

void simulation::escaped(strand& s, const std::exception_ptr& error) noexcept {
  if (ending_ || has_failed()) return;
  const unfailing note;
  const std::string text = describe(error);
  const std::string who = s.number == 0 ? "the scenario" : "thread \"" + s.name + "\"";
  note_failure(verdict::exception, "an exception left " + who + ": " + text);
  result_.error = error;
}

/// The last thing a strand does; returns when its stack is used for the next one.
void simulation::end_strand(strand& s) noexcept {
  record(event::kind::ends);
  if (s.number == 0 || s.heads_node) reach_further();
  if (s.joiner != nullptr) concerns(*s.joiner);
  step_over(false);
  s.now = strand::state::done;
  ++progress_;
  take_from_ready(s);
  std::erase(alive_, &s);
  if (s.joiner != nullptr) make_ready(*std::exchange(s.joiner, nullptr));
  if (s.heads_node) end(std::exchange(s.node, 0), 0);
  if (s.number == 0) {
    leave_run();
    return;
  }
  switch_to(next_strand());
}

void simulation::resume(strand& first) noexcept {
  current_ = &first;
  owns_memory(current_);
  turn_ = 0;
  sys::current = first.here;
  switch_execution(outside_, *first.stack);
}

/// Back to whoever called run(); returns when this strand is resumed to be ended, or used again.
void simulation::leave_run() noexcept {
  strand* const self = current_;
  self->here = sys::current;
  current_ = nullptr;
  owns_memory(nullptr);
  sys::current = outside_here_;
  switch_execution(*self->stack, outside_);
}

void simulation::switch_to(strand* next) noexcept {
  strand* const self = current_;
  if (next == self) return;
  if (next == nullptr) {
    leave_run();
    return;
  }
  self->here = sys::current;
  current_ = next;
  owns_memory(next);
  turn_ = 0;
  sys::current = next->here;
  switch_execution(*self->stack, *next->stack);
}

// ---- choices
// --------------------------------------------------------------------------------------

void simulation::make_ready(strand& s) noexcept {
  s.now = strand::state::ready;
  const auto at = std::lower_bound(ready_.begin(), ready_.end(), s.number,
                                   [](const strand* a, std::uint32_t n) { return a->number < n; });
  ready_.insert(at, &s);
}

void simulation::take_from_ready(strand& s) noexcept {
  ready_.erase(std::find(ready_.begin(), ready_.end(), &s));
}

strand* simulation::after(const strand& s) noexcept {
  for (strand* r : ready_) {
    if (r->number > s.number) return r;
  }
  return ready_.front();
}

strand* simulation::choose(bool can_go_on, bool gives_way) noexcept {
  strand* const from = current_;
  strand* pick = ready_.front();
  if (ready_.size() > 1) {
    const bool stays = can_go_on && !gives_way && turn_ < turn_max;
    strand* const usual = stays ? from : after(*from);
    const unfailing note;
    pick = setup_.chooses->choose({ready_, from, usual, can_go_on, gives_way});
    if (pick != usual && !ending_) {
      result_.choices.push_back({from->number, from->steps, pick->number});
    }
    const std::uint64_t seen = (std::uint64_t{pick->number} << 16U) ^ (ready_.size() << 8U) ^
                               static_cast<std::uint64_t>(from->what);
    result_.hash = (result_.hash ^ seen) * hash_prime;
  }
  ++from->steps;
  return pick;
}

/// Two steps may only be swapped if neither shows anything but what it does to its object. What a
/// scheduler does on the way (queues, tasks, counts) announces nothing; only in the model build is
/// each access of it a step of its own.
bool simulation::is_on_its_own(const strand& s) const noexcept {
#if !defined(TUTTI_MODEL)
  if (sys::current.scheduler != nullptr) return false;
#endif
  return s.node == 0 && hot_.empty();
}

/// The current strand comes to its next decision, waits or ends.
void simulation::step_over(bool goes_on) noexcept {
  strand& self = *current_;
  if (!is_on_its_own(self)) self.touches = nullptr;
  if (!ending_ && !choosing_) setup_.chooses->stepped(self, goes_on);
  self.concerns = 0;
}

void simulation::step(sys::operation what, const void* object, sys::reach how_far,
                      bool gives_way) noexcept {
  strand* const self = current_;
  if (self == nullptr || choosing_) return;
  if (gives_way || turn_ >= turn_max) reach_further();  // it may not simply go on
  step_over(true);
  self->what = what;
  self->object = object;
  const bool may_be_swapped = how_far == sys::reach::object && is_on_its_own(*self);
  self->touches = !may_be_swapped ? nullptr : what == sys::operation::spawn ? &started_ : object;
  ++result_.steps;
  ++turn_;
  watchdog_.beat();
  if (setup_.wants_tree && what == sys::operation::lock) note_wish(object);
  if (gives_way) {
    self->idle_at = progress_;
    if (all_spin() && advance_clock()) ++progress_;
  } else {
    ++progress_;
  }
  if (TUTTI_UNLIKELY(result_.steps > steps_limit_)) {
    too_many_steps();
    return;
  }
  strand* const next = choose(true, gives_way);
  if (next != self) switch_to(next);
  if (TUTTI_UNLIKELY(self->node != 0)) strike(*self);
  if (!gives_way && !has_own_order(what)) announce_order();
  if (is_recording() && !gives_way) record_operation(*self);  // now it really happens
}

/// Only the model build knows how a primitive orders memory. In the ordinary one each operation
/// orders everything: nothing that would be wrong is reported, if less is found.
void simulation::announce_order() noexcept {
#if !defined(TUTTI_MODEL)
  if (!setup_.weak_memory) return;
  const unfailing note;
  memory_.fence();
#endif
}

std::uint32_t simulation::strand_now() const noexcept {
  return current_ != nullptr ? current_->number : 0;
}

std::uint32_t simulation::choose_value(std::uint32_t count) noexcept {
  if (count < 2 || current_ == nullptr || choosing_ || ending_) return 0;
  const unfailing note;
  const std::uint32_t back = setup_.chooses->choose_value(*current_, count);
  if (back == 0) return 0;
  result_.choices.push_back({current_->number, current_->steps, back, departure::kind::reads_old});
  result_.hash = (result_.hash ^ (std::uint64_t{back} << 32U)) * hash_prime;
  if (is_recording() && !setup_.record->events.empty()) setup_.record->events.back().old = back;
  return back;
}

void simulation::too_many_steps() noexcept {
  if (ending_) {
    leave_run();
    return;
  }
  const unfailing note;
  for (const hot_state* h : hot_) {
    if (h->until == 0 || result_.steps < h->until) continue;
    fail_here(verdict::livelock, "livelock: \"" + h->name + "\" has been hot for " +
                                     std::to_string(h->steps_max) +
                                     " steps; running: " + participants());
    return;
  }
  fail_here(verdict::livelock, "livelock: no end after " + std::to_string(setup_.steps_max) +
                                   " steps; running: " + participants());
}

void simulation::look_at_limits() noexcept {
  reach_further();
  steps_limit_ = setup_.steps_max;
  if (ending_) return;
  for (const hot_state* h : hot_) {
    if (h->until != 0) steps_limit_ = std::min(steps_limit_, h->until - 1);
  }
}

void simulation::unwatch(hot_state& h) noexcept {
  std::erase(hot_, &h);
  look_at_limits();
}

/// FoundationDB's rule: which faults a run has is drawn before how often they strike, so that some
/// runs see one fault alone and others see a storm.
void simulation::draw_faults() {
  fault_odds_.clear();
  memory_call_ = 0;
  allocations_ = 0;
  if (setup_.faults == nullptr) return;
  for (const fault_chance& f : *setup_.faults) {
    double odds = f.probability;
    if (setup_.swarm && f.site == memory_site) {  // often enough for some runs, once in each
      odds = 0;
      if (memory_dice_.unit() < swarm_on) {
        memory_call_ =
            static_cast<std::uint64_t>(std::exp2(swarm_memory_bits * memory_dice_.unit()));
      }
    } else if (setup_.swarm)
      odds *= fault_dice_.unit() < swarm_on ? 4 * fault_dice_.unit() : 0;
    fault_odds_.push_back(std::min(odds, 1.0));
  }
}

bool simulation::watches_memory() const noexcept {
  if (setup_.fails_at == memory_site) return true;
  return setup_.faults != nullptr &&
         std::any_of(setup_.faults->begin(), setup_.faults->end(),
                     [](const fault_chance& f) { return f.site == memory_site; });
}

void simulation::decide(sys::operation what, const void* object, sys::reach how_far) noexcept {
  if (what == sys::operation::yield) {
    loop_goes_round();
  } else {
    step(what, object, how_far, false);
  }
}
/// No decision as long as something happens. A loop that goes round and round, and nobody does
/// anything, spins: others shall run, time shall pass, and in the end there are too many steps.
void simulation::loop_goes_round() noexcept {
  if (current_ == nullptr || choosing_) return;
  if (result_.steps != steps_at_round_) rounds_ = 0;
  if (++rounds_ > rounds_max) relax();
  steps_at_round_ = result_.steps;
}
void simulation::relax() noexcept {
  step(sys::operation::yield, nullptr, sys::reach::anything, true);
}

/// Nothing but strands that wait in circles, and each has looked since the last thing happened.
bool simulation::all_spin() noexcept {
  return std::all_of(ready_.begin(), ready_.end(),
                     [this](const strand* s) { return s->idle_at == progress_; });
}

/// Who goes on when the current strand cannot; null: nobody can, and the run is over.
strand* simulation::next_strand() noexcept {
  for (;;) {
    if (!ready_.empty()) return choose(false, false);
    if (wake_quiet() || advance_clock()) continue;
    if (!ending_ && !has_failed()) {
      const unfailing note;
      note_failure(verdict::deadlock, "deadlock: " + participants());
    }
    return nullptr;
  }
}

bool simulation::advance_clock() noexcept {
  const unfailing note;
  time_point next = time_point::max();
  for (const strand* s : alive_) {
    if (s->now == strand::state::parked) next = std::min(next, s->deadline);
  }
  if (next == time_point::max()) return false;
  if (next > saturating_add(epoch_of_runs, setup_.time_max) && !ending_) {
    fail_here(verdict::late, "late: not over after " + duration_text(setup_.time_max) +
                                 "; waiting: " + participants());
    return false;
  }
  now_ = std::max(now_, next);
  result_.hash =
      (result_.hash ^ static_cast<std::uint64_t>(now_.time_since_epoch().count())) * hash_prime;
  record(event::kind::clock, static_cast<std::uint64_t>((now_ - epoch_of_runs).count()));
  for (strand* s : alive_) {
    if (s->now != strand::state::parked || s->deadline > now_) continue;
    s->parked_at->strand = nullptr;
    s->touches = nullptr;  // it gives up its wait, whatever for
    make_ready(*s);
  }
  return true;
}

bool simulation::wake_quiet() noexcept {
  if (quiet_ == nullptr) return false;
  quiet_wait* const w = quiet_;
  quiet_ = w->next;
  // On behalf of nobody: a loop must not believe that its own thread is calling.
  const sys::current_state here = std::exchange(sys::current, outside_here_);
  {
    const aside no_steps(*this);
    w->waiter->wake();
  }
  sys::current = here;
  return true;
}

void simulation::when_quiet(quiet_wait& w) noexcept {
  reach_further();
  quiet_wait** at = &quiet_;
  while (*at != nullptr) at = &(*at)->next;
  w.next = nullptr;
  *at = &w;
}

bool simulation::forget_quiet(quiet_wait& w) noexcept {
  for (quiet_wait** at = &quiet_; *at != nullptr; at = &(*at)->next) {
    if (*at != &w) continue;
    *at = w.next;
    return true;
  }
  return false;
}

// ---- what the doors of sys ask for
// ----------------------------------------------------------------

bool simulation::park(sys::parker& p, time_point deadline) noexcept {
  if (p.take_token()) {
    announce_order();
    return true;
  }
  TUTTI_CHECK(current_ != nullptr, "something outside of the scenario waited inside a simulation");
  if (deadline <= now_) {
    relax();
    return p.take_token();
  }
  strand& self = *current_;
  if (setup_.timer_jitter > duration::zero()) reach_further();  // its delay is the next one drawn
  step_over(false);
  ++result_.steps;
  self.now = strand::state::parked;
  self.parked_at = &p;
  self.deadline = deadline;
  if (setup_.timer_jitter > duration::zero() && deadline != time_point::max() && !ending_) {
    const auto late = static_cast<std::uint64_t>(setup_.timer_jitter.count());
    self.deadline = saturating_add(
        deadline, duration(static_cast<duration::rep>(jitter_dice_.below(late + 1))));
  }
  self.what = sys::operation::wait;
  self.object = &p;
  p.strand = &self;
  record(event::kind::waits, 0, is_recording() ? waits_text(self) : std::string());
  take_from_ready(self);
  switch_to(next_strand());
  self.parked_at = nullptr;
  return p.take_token();
}

void simulation::unpark(sys::parker& p) noexcept {
  auto* const s = static_cast<strand*>(std::exchange(p.strand, nullptr));
  ++progress_;
  if (s == nullptr || s->now != strand::state::parked) {
    announce_order();
    reach_further();
    return;
  }
  if (setup_.weak_memory && current_ != nullptr) memory_.strand_told(current_->number, s->number);
  make_ready(*s);
  if (choosing_ || current_ == nullptr) return;
  record(event::kind::wakes, s->number);
  concerns(*s);
  step_over(true);
  ++result_.steps;
  ++turn_;
  strand* const next = choose(true, false);
  if (next != current_) switch_to(next);
}

void simulation::concerns(const strand& s) noexcept {
  if (s.number < strands_told_apart) {
    current_->concerns |= std::uint64_t{1} << s.number;
  } else {
    reach_further();
  }
}

void* simulation::start(std::string_view name, function<void()> body) {
  return start_in(node_here(), name, std::move(body));
}

void* simulation::start_in(std::uint32_t node, std::string_view name, function<void()> body) {
  strand* const made = obtain(name);
  made->body = std::move(body);
  made->heads_node = node != node_here();
  made->node = node;
  record(event::kind::starts, made->number);
  reach_further(&started_);
  step_over(true);
  ++progress_;
  ++result_.steps;
  ++turn_;
  strand* const next = choose(true, false);
  if (next != current_) switch_to(next);
  return made;
}

void simulation::join(void* handle) noexcept {
  strand& other = *static_cast<strand*>(handle);
  strand& self = *current_;
  concerns(other);
  if (other.now != strand::state::done) {
    step_over(false);
    ++result_.steps;
    self.now = strand::state::joining;
    self.joins = &other;
    other.joiner = &self;
    record(event::kind::waits, other.number, is_recording() ? waits_text(self) : std::string());
    take_from_ready(self);
    switch_to(next_strand());
    self.joins = nullptr;
  }
  if (setup_.weak_memory && !ending_) memory_.strand_joined(self.number, other.number);
  free_.push_back(&other);
}

int simulation::fault(std::string_view site) noexcept {
  if (ending_) return 0;
  if (setup_.fails_at.empty() && setup_.faults == nullptr) return 0;
  reach_further();  // which call it is, and what is drawn for it, depends on those before
  if (!setup_.fails_at.empty() && site == setup_.fails_at && ++result_.calls == setup_.fails_call) {
    return setup_.fails_with;
  }
  if (setup_.faults == nullptr) return 0;
  const bool is_memory = site == memory_site;
  if (is_memory && ++allocations_ == memory_call_) return ENOMEM;
  for (std::size_t i = 0; i < fault_odds_.size(); ++i) {
    const fault_chance& f = (*setup_.faults)[i];
    if (f.site != site || fault_odds_[i] <= 0) continue;
    tutti::detail::random& dice = is_memory ? memory_dice_ : fault_dice_;
    if (dice.unit() < fault_odds_[i]) return f.number;
  }
  return 0;
}

std::string_view simulation::strand_name() noexcept {
  return current_ != nullptr ? std::string_view(current_->name) : std::string_view("main");
}
unsigned long simulation::strand_number() noexcept {
  return current_ != nullptr ? current_->number + 1UL : 0UL;
}

// ---- tasks
// ------------------------------------------------------------------------------------------

void simulation::task_created(task_cell& cell) noexcept {
  const aside no_steps(*this);
  if (sys::current_world != this) return;
  reach_further();
  live_.push_back({&cell, ++task_number_, node_here()});
}

void simulation::task_finished(task_cell& cell, std::exception_ptr) noexcept {
  const aside no_steps(*this);
  if (sys::current_world != this) return;
  const auto at = std::find_if(live_.begin(), live_.end(),
                               [&cell](const live_task& t) { return t.cell == &cell; });
  if (at != live_.end()) live_.erase(at);
}

}  // namespace tutti::detail
