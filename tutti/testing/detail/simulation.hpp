/// \file
/// The simulated world: every thread a strand of one OS thread, a virtual clock, chosen steps.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tutti/base/function.hpp>
#include <tutti/base/random.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/core/thread_cell.hpp>
#include <tutti/process/backend/nodes.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/testing/backend/fiber.hpp>
#include <tutti/testing/backend/watchdog.hpp>
#include <tutti/testing/detail/allocations.hpp>
#include <tutti/testing/detail/chooser.hpp>
#include <tutti/testing/detail/quiet_wait.hpp>
#include <tutti/testing/detail/trace.hpp>
#include <tutti/testing/detail/weak_memory.hpp>
#include <tutti/testing/liveness.hpp>

namespace tutti::detail {

enum class verdict : unsigned char { good, check, deadlock, livelock, leak, exception, late };

/// What one run gave.
struct run_result {
  verdict what = verdict::good;
  std::string tree;          ///< who waited for whom, a line each; only if wanted
  std::string text;          ///< "deadlock: …", without seed and schedule
  std::exception_ptr error;  ///< with verdict::exception: what left the scenario
  std::uint64_t steps = 0;
  std::uint64_t hash = 0;   ///< of all decisions
  schedule choices;         ///< where it departed from the fair rule
  std::uint64_t calls = 0;  ///< of the site that setup names
  std::uint32_t strands = 0;
  std::vector<std::uint32_t> steps_of;  ///< each strand's decisions; only if wanted
};

/// A call that may be told to fail, for options.faults.
struct fault_chance {
  std::string site;
  double probability;
  int number;
};

/// While one lives, std::terminate ends only the strand that calls it, and fails its run.
class terminate_watch {
 public:
  terminate_watch() noexcept;
  ~terminate_watch();
  terminate_watch(const terminate_watch&) = delete;
  terminate_watch& operator=(const terminate_watch&) = delete;
};

/// Runs scenarios, one after the other, each to its end.
///
/// Threads:  one; whatever the scenario starts becomes a strand of it.
/// Lifetime: outlives its runs. Stacks and records are used again.
/// Wakes:    unpark() makes a strand ready; who goes next is the chooser's choice.
/// Order:    one strand runs at a time, so everything before a switch is seen after it.
/// Cancel:   a run that failed is ended by cancelling all that is left; what does not end then is
///           abandoned where it stands and its memory kept.
class simulation final : public sys::world, public hook, public nodes::keeper {
 public:
  simulation();
  ~simulation() override;
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;

  struct setup {
    chooser* chooses = nullptr;
    std::uint64_t seed = 1;
    std::uint64_t steps_max = 1'000'000;
    duration time_max = duration::max();  ///< by the virtual clock
    const std::vector<fault_chance>* faults = nullptr;
    trace* record = nullptr;  ///< what happened, for the lanes; null: not wanted
    bool wants_tree = false;  ///< with the verdict, who waits for whom
    bool wants_counts = false;
    std::string_view fails_at{};   ///< the site of which one call fails
    std::uint64_t fails_call = 0;  ///< which one, from 1 on; 0: none, they are only counted
    int fails_with = 0;
    bool weak_memory = false;       ///< loads may see old values
    bool swarm = false;             ///< this seed draws which faults are on, and how likely
    duration timer_jitter{};        ///< a sleep may take this much longer
    bool threads_are_read = false;  ///< an error of a thread that nobody reads fails the run
  };
  run_result run(const setup& how, function_ref<void()> scenario);

  /// The simulation this thread is in, or null.
  static simulation* here() noexcept { return static_cast<simulation*>(sys::current_world); }

  // The world -----------------------------------------------------------------------------------
  time_point now() noexcept override { return now_; }
  std::uint64_t random() noexcept override {
    reach_further();
    return user_dice_.next();
  }
  void decide(sys::operation what, const void* object, sys::reach how_far) noexcept override;
  void reach_further(const void* object = nullptr) noexcept override {
    if (current_ != nullptr && object != current_->touches) current_->touches = nullptr;
  }
  void relax() noexcept override;
  bool park(sys::parker& p, time_point deadline) noexcept override;
  void unpark(sys::parker& p) noexcept override;
  void* start(std::string_view name, function<void()> body) override;
  void join(void* handle) noexcept override;
  int fault(std::string_view site) noexcept override;
  std::string_view strand_name() noexcept override;
  unsigned long strand_number() noexcept override;

  // Listening to tasks --------------------------------------------------------------------------
  void task_created(task_cell& cell) noexcept override;
  void task_finished(task_cell& cell, std::exception_ptr error) noexcept override;

  // Nodes: processes of the simulation -----------------------------------------------------------
  std::uint32_t begin(std::string_view name, function<void()> body,
                      function<void(int signal)> over) override;
  void end(std::uint32_t node, int signal) noexcept override;
  std::uint32_t node_here() const noexcept override {
    return current_ != nullptr ? current_->node : 0;
  }
  std::uint64_t run_number() const noexcept override { return run_number_; }

  // For the weak memory ---------------------------------------------------------------------------
  std::uint32_t strand_now() const noexcept;
  /// How old the value is that the current strand reads, of `count` possible ones.
  std::uint32_t choose_value(std::uint32_t count) noexcept;

  // For allocations that fail ---------------------------------------------------------------------
  /// The strand that runs; null: what runs is no strand's.
  strand* current() noexcept { return current_; }
  /// What is allocated now is asked for by the scenario, or by what it uses.
  bool is_on_a_strand() const noexcept { return current_ != nullptr && !choosing_ && !ending_; }

  // For the public tools ------------------------------------------------------------------------
  /// The first one counts. Ends the run at once: returns only while what is left is being ended.
  void fail_here(verdict what, std::string text) noexcept;
  /// The same, but lets the strand go on to its end.
  void note_failure(verdict what, std::string text) noexcept;
  /// It was a thread of this run that ended by an error which nobody will read: if that is not to
  /// be, the run fails.
  bool blames_thread(std::string_view name, const std::exception_ptr& error) noexcept;
  /// std::terminate was called on a strand, which therefore stays where it is for ever.
  [[noreturn]] void terminated() noexcept;
  bool is_on_a_strand_of_mine() const noexcept { return current_ != nullptr; }
  std::uint64_t seed() const noexcept { return setup_.seed; }
  bool has_failed() const noexcept { return result_.what != verdict::good; }
  /// The run is over and strands are only ended: who spins shall leave by an exception.
  bool is_ending() const noexcept { return ending_; }
  /// Text for the event that is being recorded, if one is.
  bool is_recording() const noexcept { return setup_.record != nullptr && !ending_; }
  void annotate(std::string text) { setup_.record->annotate(std::move(text)); }
  /// Woken when nothing else can run.
  void when_quiet(quiet_wait& w) noexcept;
  bool forget_quiet(quiet_wait& w) noexcept;
  /// Tasks that are not done, but for `except`, one a line part: "\"a\" (test.cpp:12) waits in
  /// sleep".
  std::string live_tasks(const task_cell* except, std::uint64_t since = 0);
  /// The same for tasks and threads made since the counts stood there.
  std::string left_since(std::uint64_t task, std::uint32_t strand_number, const task_cell* except);
  std::uint32_t strands_so_far() const noexcept { return started_; }
  std::uint64_t tasks_so_far() const noexcept { return task_number_; }
  tutti::detail::random& network_dice() noexcept {
    reach_further();
    return network_dice_;
  }
  std::uint64_t steps_so_far() const noexcept { return result_.steps; }
  void watch(hot_state& h) { hot_.push_back(&h); }
  void unwatch(hot_state& h) noexcept;
  /// A liveness monitor has changed.
  void look_at_limits() noexcept;

 private:
  class aside;
  struct live_task {
    task_cell* cell;
    std::uint64_t number;
    std::uint32_t node;
  };
  struct wish {
    task_cell* cell;
    const void* lock;  // the last one it asked for
  };
  strand* obtain(std::string_view name);
  void make_ready(strand& s) noexcept;
  void take_from_ready(strand& s) noexcept;
  void switch_to(strand* next) noexcept;
  void leave_run() noexcept;
  void resume(strand& first) noexcept;
  strand* choose(bool can_go_on, bool gives_way) noexcept;
  strand* next_strand() noexcept;
  strand* after(const strand& s) noexcept;
  bool advance_clock() noexcept;
  bool all_spin() noexcept;
  bool wake_quiet() noexcept;
  void step(sys::operation what, const void* object, sys::reach how_far, bool gives_way) noexcept;
  void step_over(bool goes_on) noexcept;
  void concerns(const strand& s) noexcept;
  bool is_on_its_own(const strand& s) const noexcept;
  void loop_goes_round() noexcept;
  void too_many_steps() noexcept;
  void announce_order() noexcept;
  void draw_faults();
  bool watches_memory() const noexcept;
  static void strand_main(void* handle) noexcept;
  void escaped(strand& s, const std::exception_ptr& error) noexcept;
  void end_strand(strand& s) noexcept;
  void* start_in(std::uint32_t node, std::string_view name, function<void()> body);
  void strike(const strand& s) noexcept;
  void cut_off(strand& s) noexcept;
  void clear_nodes() noexcept;
  void owns_memory(const strand* next) noexcept;
  void look_for_leaks() noexcept;
  void end_everything() noexcept;
  void cancel_everything() noexcept;
  void abandon_rest() noexcept;
  void record_operation(const strand& s) noexcept;
  std::string task_here();
  void record(event::kind k, std::uint64_t other = 0, std::string text = {}) noexcept;
  std::string waits_text(const strand& s);
  std::string participants();
  void note_wish(const void* lock) noexcept;
  std::string cycle();
  std::string name_of(const task_cell* cell);
  std::string tree();
  std::string name_of(const live_task& t);

  const terminate_watch terminate_watch_;
  setup setup_;
  run_result result_;
  straight_chooser straight_;
  tutti::detail::random user_dice_{0};
  tutti::detail::random fault_dice_{0};
  tutti::detail::random network_dice_{0};
  tutti::detail::random memory_dice_{0};
  tutti::detail::random jitter_dice_{0};
  time_point now_{};
  strand* current_ = nullptr;   // null: outside all strands
  std::vector<strand*> ready_;  // by number
  std::vector<strand*> alive_;
  std::vector<strand*> free_;
  std::vector<std::unique_ptr<strand>> all_;
  std::vector<live_task> live_;
  std::uint64_t task_number_ = 0;
  quiet_wait* quiet_ = nullptr;
  std::vector<hot_state*> hot_;
  std::vector<function<void(int)>> nodes_;  // whom to tell of the end of each; empty: over
  std::vector<strand*> cut_off_;            // in the middle of something, in this run
  std::uint64_t run_number_ = 0;
  bool in_node_ = false;      // a leak detector has been told so
  std::vector<wish> wishes_;  // only if the tree is wanted
  std::vector<double> fault_odds_;
  std::uint64_t memory_call_ = 0;  // with swarm: the allocation that fails; 0: none
  std::uint64_t allocations_ = 0;  // so far
  std::uint64_t steps_limit_ = 0;  // the first step at which something has lasted too long
  watchdog watchdog_;
  std::uint64_t progress_ = 1;  // operations that were no mere waiting in circles
  std::uint32_t started_ = 0;
  std::uint32_t turn_ = 0;            // steps of the current strand since it was switched to
  std::uint32_t rounds_ = 0;          // of loops, since somebody took a step
  std::uint64_t steps_at_round_ = 0;  // when one went round last
  bool ending_ = false;
  bool choosing_ = false;
  weak_memory memory_{*this};
  execution outside_;
  sys::current_state outside_here_{};
};

/// While it lives, nothing that the simulation itself does is a step of the strand on whose stack
/// it runs.
class simulation::aside {
 public:
  explicit aside(simulation& s) noexcept
      : flag_(s.choosing_), former_(std::exchange(flag_, true)) {}
  ~aside() { flag_ = former_; }
  aside(const aside&) = delete;
  aside& operator=(const aside&) = delete;

 private:
  bool& flag_;
  bool former_;
};

/// The cell that runs there.
inline task_cell* cell_of(const sys::current_state& here) noexcept {
  if (here.cell != nullptr) return static_cast<task_cell*>(here.cell);
  return static_cast<thread_cell*>(here.own_cell);
}

}  // namespace tutti::detail
