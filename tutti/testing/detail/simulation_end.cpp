// How a run ends: what is said about it, and how what is left is brought down.
#include <algorithm>
#include <string>

#include <tutti/core/task_cell.hpp>
#include <tutti/testing/detail/simulation.hpp>

namespace tutti::detail {
namespace {

constexpr std::uint64_t ending_steps_max = 100'000;
constexpr unsigned ending_rounds_max = 4;

}  // namespace

// ---- verdicts
// -------------------------------------------------------------------------------------

void simulation::note_failure(verdict what, std::string text) noexcept {
  if (ending_ || has_failed()) return;
  const unfailing note;
  result_.what = what;
  result_.text = std::move(text);
  if (setup_.wants_tree && what != verdict::leak) {
    result_.tree = tree();
    const bool hangs =
        what == verdict::deadlock || what == verdict::livelock || what == verdict::late;
    // Where one stood who was alone, the verdict says.
    if (!hangs && std::count(result_.tree.begin(), result_.tree.end(), '\n') < 2)
      result_.tree.clear();
  }
  record(event::kind::fails, 0, result_.text);
}

void simulation::fail_here(verdict what, std::string text) noexcept {
  if (ending_) return;
  note_failure(what, std::move(text));
  if (current_ != nullptr) leave_run();
}

void simulation::look_for_leaks() noexcept {
  std::string who;
  for (const strand* s : alive_) {
    if (!who.empty()) who += ", ";
    who += "thread \"" + s->name + "\" " + waits_text(*s);
  }
  const std::string tasks = live_tasks(nullptr);
  if (!tasks.empty()) who += (who.empty() ? "" : ", ") + tasks;
  if (!who.empty()) note_failure(verdict::leak, "leak: alive when the scenario returned: " + who);
}

void simulation::record(event::kind k, std::uint64_t other, std::string text) noexcept {
  if (!is_recording()) return;
  const unfailing note;
  event e(k, current_ != nullptr ? current_->number : 0);
  e.object = reinterpret_cast<const void*>(other);
  e.text = std::move(text);
  setup_.record->events.push_back(std::move(e));
}

// ---- the end of a run that failed
// -----------------------------------------------------------------

void simulation::end_everything() noexcept {
  ending_ = true;
  setup_.chooses = &straight_;
  setup_.record = nullptr;
  quiet_ = nullptr;
  const std::uint64_t steps = result_.steps;
  for (unsigned round = 0; round < ending_rounds_max && !alive_.empty(); ++round) {
    cancel_everything();
    setup_.steps_max = result_.steps + ending_steps_max;
    steps_limit_ = setup_.steps_max;
    const std::uint64_t steps_max = setup_.steps_max;
    while (result_.steps < steps_max && !alive_.empty()) {
      if (ready_.empty() && !advance_clock()) break;
      resume(*ready_.front());
    }
  }
  result_.steps = steps;
  if (!alive_.empty()) abandon_rest();
}

void simulation::cancel_everything() noexcept {
  for (strand* s : std::vector<strand*>(alive_)) {
    if (task_cell* const cell = cell_of(s->here)) cell->cancel(cancel_reason::shutdown);
  }
  for (const live_task& t : std::vector<live_task>(live_)) {
    const bool lives = std::any_of(live_.begin(), live_.end(),
                                   [&t](const live_task& other) { return other.cell == t.cell; });
    if (lives) t.cell->cancel(cancel_reason::shutdown);
  }
}

}  // namespace tutti::detail
