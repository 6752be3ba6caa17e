// What a simulation says about those who are left: who waits for whom.
#include <algorithm>

#include <tutti/core/async_trace.hpp>
#include <tutti/core/context.hpp>
#include <tutti/core/task.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/sync/mutex.hpp>
#include <tutti/testing/detail/simulation.hpp>
#include <tutti/testing/detail/verdicts.hpp>

namespace tutti::detail {

namespace {
constexpr std::string_view lock_verb = "mutex.lock";
}

void simulation::note_wish(const void* lock) noexcept {
  task_cell* const cell = cell_of(sys::current);
  if (cell == nullptr) return;
  for (wish& w : wishes_) {
    if (w.cell == cell) {
      w.lock = lock;
      return;
    }
  }
  wishes_.push_back({cell, lock});
}

/// The task that runs, by its name or number; nothing if it is the thread itself.
std::string simulation::task_here() {
  const aside no_steps(*this);
  for (const live_task& t : live_) {
    if (t.cell != sys::current.cell) continue;
    const context* const c = t.cell->context.get();
    return c != nullptr && !c->name.empty() ? c->name : "#" + std::to_string(t.number);
  }
  return {};
}

void simulation::record_operation(const strand& s) noexcept {
  const unfailing note;
  if (s.what == sys::operation::spawn || s.what == sys::operation::end) return;  // told anyway
  event e(event::kind::operation, s.number);
  e.op = s.what;
  e.object = s.object;
  e.task = task_here();
  std::vector<event>& all = setup_.record->events;
  const bool again = s.what == sys::operation::lock && !all.empty() && all.back().what == e.what &&
                     all.back().strand == e.strand && all.back().op == e.op &&
                     all.back().object == e.object && all.back().task == e.task;
  if (!again) all.push_back(std::move(e));  // a lock that is not free is tried, then waited for
}

std::string simulation::name_of(const task_cell* cell) {
  for (const live_task& t : live_) {
    if (t.cell == cell) return name_of(t);
  }
  for (const strand* s : alive_) {
    if (cell_of(current_ == s ? sys::current : s->here) == cell) {
      return "thread \"" + s->name + '"';
    }
  }
  return "somebody";
}

/// A ring of those who wait for a mutex that the next one holds, or nothing.
std::string simulation::cycle() {
  const aside no_steps(*this);
  struct edge {
    task_cell* waits;
    task_cell* holds;
  };
  const auto is_alive = [this](const task_cell* cell) {
    return name_of(cell) != "somebody";  // a cell that is gone must not be looked into
  };
  std::vector<edge> edges;
  for (const wish& w : wishes_) {
    if (!is_alive(w.cell) || !w.cell->is_parked()) continue;
    const wait_kind* const kind = w.cell->waits_at.load(sys::relaxed);
    if (kind == nullptr || lock_verb != kind->verb) continue;
    const std::uint64_t owner = static_cast<const mutex*>(w.lock)->statistics().owner;
    for (const wish& other : wishes_) {
      if (is_alive(other.cell) && other.cell->actor() == owner) {
        edges.push_back({w.cell, other.cell});
      }
    }
  }
  for (const edge& start : edges) {
    std::string out;
    const edge* at = &start;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      out +=
          "  " + name_of(at->waits) + " waits for a mutex that " + name_of(at->holds) + " holds\n";
      if (at->holds == start.waits) return out;
      const auto next = std::find_if(edges.begin(), edges.end(),
                                     [at](const edge& e) { return e.waits == at->holds; });
      if (next == edges.end()) break;
      at = &*next;
    }
  }
  return {};
}

std::string simulation::waits_text(const strand& s) {
  const aside no_steps(*this);
  if (s.now == strand::state::joining) return "waits for the end of \"" + s.joins->name + "\"";
  if (s.now == strand::state::ready) return &s == current_ ? "is running" : "can go on";
  task_cell* const cell = cell_of(current_ == &s ? sys::current : s.here);
  if (cell != nullptr && cell->is_parked()) {
    if (const wait_kind* kind = cell->waits_at.load(sys::relaxed); kind != nullptr) {
      return std::string("waits in ") + kind->verb;
    }
  }
  return "sleeps";
}

namespace {

/// Where the task was made. If that is in a header of ours (a child of gather, say), where the
/// outermost coroutine of the user's stands, as far as that can be seen.
std::source_location own_place(task_cell& cell) {
  std::source_location out = cell.created_at;
  if (!is_of_the_house(out) || !cell.is_parked()) return out;
  promise_base::for_each_frame(
      cell,
      [](const std::source_location& at, void* data) {
        if (at.line() == 0 || is_of_the_house(at)) return;
        *static_cast<std::source_location*>(data) = at;
      },
      &out);
  return out;
}

}  // namespace

std::string simulation::name_of(const live_task& t) {
  const context* const c = t.cell->context.get();
  std::string name =
      c != nullptr && !c->name.empty() ? "\"" + c->name + "\"" : "#" + std::to_string(t.number);
  const std::source_location at = own_place(*t.cell);
  if (at.line() != 0) name += " (" + place_text(at) + ")";
  return "task " + name;
}

namespace {

/// Where the coroutines of a parked task stand, the innermost first, a line each.
std::string await_stack(task_cell& cell, std::size_t indent) {
  struct lines {
    std::string text;
    std::string before;
  } out{{}, std::string(indent, ' ') + "at "};
  if (!cell.is_parked()) return {};
  promise_base::for_each_frame(
      cell,
      [](const std::source_location& at, void* data) {
        if (at.line() == 0 || is_of_the_house(at)) return;
        auto& all = *static_cast<lines*>(data);
        all.text += all.before + function_of(at) + " (" + place_text(at) + ")\n";
      },
      &out);
  return out.text;
}

}  // namespace

std::string simulation::live_tasks(const task_cell* except, std::uint64_t since) {
  const aside no_steps(*this);
  std::string out;
  for (const live_task& t : live_) {
    if (t.cell == except || t.number <= since) continue;
    if (!out.empty()) out += ", ";
    out += name_of(t);
    const wait_kind* const kind = t.cell->waits_at.load(sys::relaxed);
    if (t.cell->is_parked() && kind != nullptr) out += std::string(" waits in ") + kind->verb;
  }
  return out;
}

std::string simulation::left_since(std::uint64_t task, std::uint32_t strand_number,
                                   const task_cell* except) {
  reach_further();
  std::string out = live_tasks(except, task);
  for (const strand* s : alive_) {
    if (s->number < strand_number || s == current_) continue;
    out += (out.empty() ? "thread \"" : ", thread \"") + s->name + "\" " + waits_text(*s);
  }
  return out;
}

/// Everybody who is not done, each under the one who waits for it.
std::string simulation::tree() {
  const aside no_steps(*this);
  std::string out;
  for (const strand* s : alive_) out += "  thread \"" + s->name + "\" " + waits_text(*s) + '\n';
  const auto parent_of = [](const task_cell& cell) -> const task_cell* {
    if (const task_cell* by = cell.awaited_by.load(sys::relaxed); by != nullptr) return by;
    return cell.parent() != nullptr ? cell.parent()->owner : nullptr;
  };
  const auto is_live = [this](const task_cell* cell) {
    return std::any_of(live_.begin(), live_.end(),
                       [cell](const live_task& t) { return t.cell == cell; });
  };
  const auto below = [&](const auto& self, const task_cell* parent, std::size_t depth) -> void {
    for (const live_task& t : live_) {
      const task_cell* const up = parent_of(*t.cell);
      if (up == t.cell || (is_live(up) ? up : nullptr) != parent) continue;
      out += std::string(2 * depth, ' ') + name_of(t);
      const wait_kind* const kind = t.cell->waits_at.load(sys::relaxed);
      if (t.cell->is_parked() && kind != nullptr) out += std::string(" waits in ") + kind->verb;
      out += '\n' + await_stack(*t.cell, 2 * depth + 2);
      self(self, t.cell, depth + 1);
    }
  };
  below(below, nullptr, 1);
  if (const std::string ring = cycle(); !ring.empty()) out += "in a circle:\n" + ring;
  return out;
}

std::string simulation::participants() {
  const unfailing note;
  std::string out;
  for (const strand* s : alive_) {
    if (!out.empty()) out += ", ";
    out += "\"" + s->name + "\" " + waits_text(*s);
  }
  const std::string tasks = live_tasks(nullptr);
  if (!tasks.empty()) out += (out.empty() ? "" : ", ") + tasks;
  return out;
}

}  // namespace tutti::detail
