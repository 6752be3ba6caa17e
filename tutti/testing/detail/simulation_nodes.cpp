/// \file
/// Strands that end in the middle of something: simulated processes, and what nobody could end.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <utility>

#include <tutti/sys/atomic.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/testing/detail/simulation.hpp>

namespace tutti::detail {
namespace {

constexpr std::string_view killed_site = "worker.killed";

/// Stacks on which something still stands that nobody could end; other objects may point there.
std::vector<strand*>& graveyard() {
  static std::vector<strand*>& all = *new std::vector<strand*>;
  return all;
}

std::vector<function<void()>>& bodies_left() {
  static std::vector<function<void()>>& all = *new std::vector<function<void()>>;
  return all;
}

sys::mutex terminate_lock;
unsigned terminate_watches TUTTI_GUARDED_BY(terminate_lock) = 0;
sys::atomic<std::terminate_handler> terminate_outside{nullptr};

void terminate_inside() {
  simulation* const world = simulation::here();
  if (world != nullptr && world->is_on_a_strand_of_mine()) world->terminated();
  if (const std::terminate_handler before = terminate_outside.load(sys::relaxed)) before();
  std::abort();
}

}  // namespace

terminate_watch::terminate_watch() noexcept {
  sys::lock hold(terminate_lock);
  if (terminate_watches++ == 0) {
    terminate_outside.store(std::set_terminate(&terminate_inside), sys::relaxed);
  }
}

terminate_watch::~terminate_watch() {
  sys::lock hold(terminate_lock);
  if (--terminate_watches == 0) std::set_terminate(terminate_outside.load(sys::relaxed));
}

bool simulation::blames_thread(std::string_view name, const std::exception_ptr& error) noexcept {
  if (!setup_.threads_are_read) return false;
  const bool is_thread =
      std::any_of(all_.begin(), all_.end(), [&](const std::unique_ptr<strand>& s) {
        return s->number != 0 && s->number < started_ && s->name == name;
      });
  if (!is_thread) return false;
  const unfailing note;
  note_failure(verdict::exception,
               "an exception left thread \"" + std::string(name) + "\": " + describe(error));
  return true;
}

/// A `noexcept` that a broken check cannot leave, an exception out of a destructor: the stack
/// cannot be unwound, so nobody resumes it, as with strands that could not be ended.
void simulation::terminated() noexcept {
  strand& self = *current_;
  if (!ending_ && !has_failed()) {
    const unfailing note;
    std::string text = "std::terminate was called in ";
    text += self.number == 0 ? "the scenario" : "thread \"" + self.name + "\"";
    if (const std::exception_ptr error = std::current_exception()) text += ": " + describe(error);
    note_failure(verdict::exception, std::move(text));
  }
  if (self.now == strand::state::ready) take_from_ready(self);
  self.now = strand::state::parked;
  self.parked_at = &self.own_parker;
  self.deadline = time_point::max();
  leave_run();
  std::abort();  // nobody resumes it
}

std::uint32_t simulation::begin(std::string_view name, function<void()> body,
                                function<void(int signal)> over) {
  nodes_.push_back(std::move(over));
  const auto node = static_cast<std::uint32_t>(nodes_.size());
  start_in(node, name, std::move(body));
  return node;
}

/// The strand of a node has made a decision: is it its last?
void simulation::strike(const strand& s) noexcept {
  if (ending_) return;
  const int signal = sys::injected_fault(killed_site);
  if (signal != 0) end(s.node, signal);
}

void simulation::end(std::uint32_t node, int signal) noexcept {
  const bool ends_itself = current_ != nullptr && current_->node == node;
  {
    const unfailing note;
    const aside no_steps(*this);  // the caller may hold locks, or be the one that ends
    function<void(int)> over = std::exchange(nodes_[node - 1], {});
    if (!over) return;
    for (strand* const s : std::vector<strand*>(alive_)) {
      if (s->node == node) cut_off(*s);
    }
    std::erase_if(live_, [node](const live_task& t) { return t.node == node; });
    ++progress_;
    over(signal);
  }
  if (!ends_itself) return;
  switch_to(next_strand());
  std::abort();  // nobody resumes it
}

/// The memory of a process goes with it; that of a node stays, and is no leak of the program.
void simulation::owns_memory(const strand* next) noexcept {
  const bool node_is_next = next != nullptr && next->node != 0;
  if (node_is_next == in_node_) return;
  in_node_ = node_is_next;
  let_memory_leak(in_node_);
}

void simulation::cut_off(strand& s) noexcept {
  if (is_recording()) {
    event e(event::kind::ends, s.number);
    e.text = "is killed";
    setup_.record->events.push_back(std::move(e));
  }
  if (s.now == strand::state::ready) take_from_ready(s);
  if (s.now == strand::state::parked) s.parked_at->strand = nullptr;
  if (s.now == strand::state::joining) s.joins->joiner = nullptr;
  if (s.joiner != nullptr) make_ready(*std::exchange(s.joiner, nullptr));
  s.now = strand::state::done;
  std::erase(alive_, &s);
  cut_off_.push_back(&s);
}

/// What was cut off is out of everybody's reach once the run is over.
void simulation::clear_nodes() noexcept {
  nodes_.clear();
  for (strand* const s : std::exchange(cut_off_, {})) {
    // A process that dies destroys nothing: what a thread of it was to run stays as it is.
    if (!s->heads_node) bodies_left().push_back(std::move(s->body));
    s->body.reset();
#if defined(TUTTI_ASAN)
    // What it has allocated is found from its stack, which therefore stays.
    alive_.push_back(s);
#else
    s->stack->restart();
#endif
  }
  if (!alive_.empty()) abandon_rest();
}

void simulation::abandon_rest() noexcept {
  for (strand* s : alive_) {
    s->stack->abandon();
    const auto owned = std::find_if(all_.begin(), all_.end(),
                                    [s](const std::unique_ptr<strand>& p) { return p.get() == s; });
    graveyard().push_back(owned->release());
    all_.erase(owned);
  }
  alive_.clear();
  ready_.clear();
}

}  // namespace tutti::detail
