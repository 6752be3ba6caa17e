#include <tutti/sync/lock_watch.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/core/detail/park_watch.hpp>
#include <tutti/core/detail/wait_watch.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/sync/detail/watched_lock.hpp>
#include <tutti/sys/current.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/world.hpp>

namespace tutti {
namespace detail {

/// One lock. Guarded by the watch's lock, except what is fixed.
struct watched_lock {
  const char* kind;              ///< fixed
  std::source_location made_at;  ///< fixed
  unsigned place;                ///< fixed: the node in the graph of orders
  bool own_place;                ///< fixed: the node is this lock's alone
  std::vector<std::uint64_t> owners;
};

namespace {

std::string_view file_of(const std::source_location& at) noexcept { return at.file_name(); }

/// Places that say nothing about the program: `std::make_unique<mutex>()`, `std::scoped_lock`.
bool is_foreign(const std::source_location& at) noexcept {
  const std::string_view file = file_of(at);
  return at.line() == 0 || file.substr(0, 5) == "/usr/" ||
         file.find("/c++/") != std::string_view::npos ||
         file.find("tutti/sync/guarded.hpp") != std::string_view::npos;
}

std::string text_of(const std::source_location& at) {
  return std::string(at.file_name()) + ":" + std::to_string(at.line());
}
std::string at_text(const char* before, const std::source_location& at) {
  return is_foreign(at) ? std::string() : before + text_of(at);
}
std::string text_of(const watched_lock& l) {
  return std::string("the ") + l.kind + " made at " + text_of(l.made_at) + ':' +
         std::to_string(l.made_at.column());
}

/// A task or a thread that holds or waits for watched locks.
struct actor_record {
  struct holding {
    watched_lock* lock;
    std::source_location at;
    bool in_passing;  ///< a task took it with the form for threads
  };
  std::string name;
  std::vector<holding> holds;
  watched_lock* waits = nullptr;  ///< without limit
  std::source_location waits_at;
  std::uint64_t waits_for = 0;  ///< whose end, without limit; 0: nobody's
  bool is_registered = false;   ///< it is in some line, with or without limit
  bool is_parked = false;       ///< it was idle, and is forgotten when its turn comes

  bool is_idle() const noexcept { return holds.empty() && !is_registered && waits_for == 0; }
};

/// Threads:  everything from anywhere, under one lock, allocations included: this is for debugging.
/// Lifetime: for ever.
/// Wakes:    nobody.
/// Order:    of its lock.
/// Cancel:   nothing waits here.
class lock_graph {
 public:
  watched_lock* add(const char* kind, const std::source_location& made_at) {
    auto made =
        std::make_unique<watched_lock>(watched_lock{kind, made_at, 0, is_foreign(made_at), {}});
    const sys::lock hold(mu_);
    if (made->own_place) {
      made->place = ++places_made_;
    } else {
      unsigned& known = places_[text_of(made_at) + ":" + std::to_string(made_at.column())];
      if (known == 0) known = ++places_made_;
      made->place = known;
    }
    return made.release();
  }

  void remove(watched_lock* l) {
    const std::unique_ptr<watched_lock> gone(l);
    const sys::lock hold(mu_);
    while (!l->owners.empty()) drop_holding(*l, l->owners.back());
    if (!l->own_place) return;
    orders_.erase(l->place);
    for (auto& [from, later] : orders_) later.erase(l->place);
  }

  /// The report of the first order that is new and turned round, or nothing.
  std::string wanted(watched_lock& l, task_cell& cell, const std::source_location& at) {
    const sys::lock hold(mu_);
    const auto self = actors_.find(cell.actor());
    if (self == actors_.end()) return {};
    std::string report;
    for (const actor_record::holding& h : self->second.holds) {
      const unsigned from = h.lock->place;
      if (from == l.place) continue;
      const auto [it, is_new] = orders_[from].try_emplace(l.place);
      if (!is_new) continue;
      it->second = self->second.name + " took " + text_of(l) + at_text(" (at ", at) +
                   (is_foreign(at) ? "" : ")") + " while it held " + text_of(*h.lock) +
                   at_text(" (taken at ", h.at) + (is_foreign(h.at) ? "" : ")");
      if (report.empty()) report = way_back(l.place, from, it->second);
    }
    return report;
  }

  void taken(watched_lock& l, task_cell& cell, std::uint64_t actor, const std::source_location& at,
             bool in_passing) {
    const sys::lock hold(mu_);
    note_holding(l, actor, record_of(actor, cell), at, in_passing);
  }

  /// The report of the first lock that `cell` took as a thread does and holds while it waits, or
  /// nothing. Once for each place where such locks were made.
  std::string parks(task_cell& cell, const wait_kind& why) {
    const sys::lock hold(mu_);
    const auto self = actors_.find(cell.actor());
    if (self == actors_.end()) return {};
    for (const actor_record::holding& h : self->second.holds) {
      if (!h.in_passing || !held_.insert(h.lock->place).second) continue;
      return self->second.name + " waits (" + why.verb + ") and holds " + text_of(*h.lock) +
             at_text(", taken at ", h.at) +
             ": whoever wants it is kept waiting as long, and a thread or task that asks for it "
             "with "
             "lock() may be the one that must run first. Give it back before the co_await; if it "
             "is "
             "to be held over it, take it with co_await m.async_lock()";
    }
    return {};
  }

  void waits(watched_lock& l, task_cell& cell, const std::source_location& at, bool endless) {
    const sys::lock hold(mu_);
    const std::uint64_t actor = cell.actor();
    // Several tasks may act for one, in a `race`: then the others of them may still let it go on.
    if (actor != cell.id() || cell.deadline_near != time_point::max()) endless = false;
    actor_record& self = record_of(actor, cell);
    if (endless) {
      search found(actor);
      for (const std::uint64_t owner : l.owners) {
        if (leads_to(owner, found)) throw deadlock(ring_text(waiting_text(self, l, at), found));
      }
    }
    self.waits = endless ? &l : nullptr;
    self.waits_at = at;
    self.is_registered = true;
  }

  void wait_over(watched_lock& l, std::uint64_t actor, bool handed) {
    const sys::lock hold(mu_);
    const auto self = actors_.find(actor);
    if (self == actors_.end()) return;
    self->second.waits = nullptr;
    self->second.is_registered = false;
    if (handed) {
      note_holding(l, actor, self->second, self->second.waits_at, false);
    }
    if (self->second.is_idle()) park(actor, self->second);
  }

  /// `cell` waits for the end of `whom`.
  void waits_for(task_cell& cell, std::uint64_t whom) {
    const std::uint64_t actor = cell.actor();
    if (actor != cell.id() || cell.deadline_near != time_point::max()) return;
    const sys::lock hold(mu_);
    const auto known = actors_.find(actor);
    if (known == actors_.end() || known->second.holds.empty()) return;  // it holds up nobody
    actor_record& self = known->second;
    self.waits_for = whom;
    search found(actor);
    if (!leads_to(whom, found)) return;
    const std::string text = ring_text(waiting_text(self), found);
    self.waits_for = 0;
    throw deadlock(text);
  }
  void wait_for_over(task_cell& cell) {
    const sys::lock hold(mu_);
    const auto self = actors_.find(cell.actor());
    if (self == actors_.end()) return;
    self->second.waits_for = 0;
    if (self->second.is_idle()) park(self->first, self->second);
  }

  void released(watched_lock& l, std::uint64_t actor) {
    const sys::lock hold(mu_);
    drop_holding(l, actor);
  }

  static std::string name_of(task_cell& cell) {
    const char* const what = cell.is_thread() ? "thread \"" : "task \"";
    return what + cell.name_text() + '"' + at_text(" started at ", cell.created_at);
  }

 private:
  /// The lock's list first: remove() goes by it, and must find everyone who points to the lock,
  /// also when there is no memory for the second list.
  static void note_holding(watched_lock& l, std::uint64_t actor, actor_record& self,
                           const std::source_location& at, bool in_passing) {
    l.owners.push_back(actor);
    self.holds.push_back({&l, at, in_passing});
  }
  void drop_holding(watched_lock& l, std::uint64_t actor) TUTTI_REQUIRES(mu_) {
    const auto owner = std::find(l.owners.rbegin(), l.owners.rend(), actor);
    if (owner != l.owners.rend()) l.owners.erase(std::next(owner).base());
    const auto self = actors_.find(actor);
    if (self == actors_.end()) return;
    auto& holds = self->second.holds;
    for (auto h = holds.rbegin(); h != holds.rend(); ++h) {
      if (h->lock != &l) continue;
      holds.erase(std::next(h).base());
      break;
    }
    if (self->second.is_idle()) park(actor, self->second);
  }
  actor_record& record_of(std::uint64_t actor, task_cell& cell) TUTTI_REQUIRES(mu_) {
    if (const auto known = actors_.find(actor); known != actors_.end()) return known->second;
    std::string name = name_of(cell);
    actor_record& made = actors_[actor];
    made.name = std::move(name);
    return made;
  }
  /// An idle one is forgotten when enough others have become idle after it: who takes locks again
  /// and again is asked for its name once.
  void park(std::uint64_t actor, actor_record& record) TUTTI_REQUIRES(mu_) {
    if (std::exchange(record.is_parked, true)) return;
    std::uint64_t& place = parked_[parked_count_++ % parked_.size()];
    const auto oldest = actors_.find(std::exchange(place, actor));
    if (oldest == actors_.end()) return;
    oldest->second.is_parked = false;
    if (oldest->second.is_idle()) actors_.erase(oldest);
  }

  /// From one who is waited for along what he waits for; `ring` holds who was passed, the last
  /// one first.
  struct search {
    explicit search(std::uint64_t g) noexcept : goal(g) {}
    const std::uint64_t goal;
    std::vector<const actor_record*> ring;
    std::vector<std::uint64_t> seen;
  };
  /// Depth first: does `actor` go on only after the goal has?
  bool leads_to(std::uint64_t actor, search& s) const TUTTI_REQUIRES(mu_) {
    if (actor == s.goal) return true;
    if (std::find(s.seen.begin(), s.seen.end(), actor) != s.seen.end()) return false;
    s.seen.push_back(actor);
    const auto it = actors_.find(actor);
    if (it == actors_.end()) return false;
    const actor_record& who = it->second;
    bool found = who.waits_for != 0 && leads_to(who.waits_for, s);
    if (who.waits != nullptr) {
      for (const std::uint64_t owner : who.waits->owners) found = found || leads_to(owner, s);
    }
    if (found) s.ring.push_back(&who);
    return found;
  }

  static std::string waiting_text(const actor_record& who, const watched_lock& l,
                                  const std::source_location& at) {
    return waiting_text(who, text_of(l) + at_text(", at ", at));
  }
  static std::string waiting_text(const actor_record& who, const std::string& for_what) {
    std::string text = "\n  " + who.name + " waits for " + for_what;
    for (const actor_record::holding& h : who.holds) {
      text += "\n    and holds " + text_of(*h.lock) + at_text(", taken at ", h.at);
    }
    return text;
  }
  std::string waiting_text(const actor_record& who) const TUTTI_REQUIRES(mu_) {
    if (who.waits != nullptr) return waiting_text(who, *who.waits, who.waits_at);
    const auto whom = actors_.find(who.waits_for);
    return waiting_text(
        who, "the end of " + (whom != actors_.end() ? whom->second.name : std::string("another")));
  }
  std::string ring_text(std::string text, const search& found) const TUTTI_REQUIRES(mu_) {
    text = "each of these waits for what the next one holds or is, and would for ever:" + text;
    for (auto who = found.ring.rbegin(); who != found.ring.rend(); ++who) {
      text += waiting_text(**who);
    }
    return text +
           "\nthe first was refused; take such locks always in one order, or together with "
           "std::scoped_lock, and wait for nobody who needs a lock that you hold";
  }

  /// Breadth first along known orders from `at` to `goal`; the report, or nothing.
  std::string way_back(unsigned at, unsigned goal, const std::string& latest) const
      TUTTI_REQUIRES(mu_) {
    std::map<unsigned, unsigned> came_from{{at, at}};
    std::vector<unsigned> todo{at};
    for (std::size_t i = 0; i < todo.size() && came_from.count(goal) == 0; ++i) {
      const auto later = orders_.find(todo[i]);
      if (later == orders_.end()) continue;
      for (const auto& [to, how] : later->second) {
        if (came_from.emplace(to, todo[i]).second) todo.push_back(to);
      }
    }
    if (came_from.count(goal) == 0) return {};
    std::string text =
        "locks are taken in different orders, which can end in a deadlock:\n  " + latest;
    for (unsigned to = goal; to != at; to = came_from[to]) {
      text += "\n  " + orders_.at(came_from[to]).at(to);
    }
    return text + "\ntake them always in one order, or together with std::scoped_lock";
  }

  sys::mutex mu_;
  std::map<std::string, unsigned> places_ TUTTI_GUARDED_BY(mu_);
  unsigned places_made_ TUTTI_GUARDED_BY(mu_) = 0;
  /// For each place the places of locks that were taken while it was held, and who did so.
  std::map<unsigned, std::map<unsigned, std::string>> orders_ TUTTI_GUARDED_BY(mu_);
  std::set<unsigned> held_ TUTTI_GUARDED_BY(mu_);  // places whose locks were reported by parks()
  std::unordered_map<std::uint64_t, actor_record> actors_ TUTTI_GUARDED_BY(mu_);
  std::array<std::uint64_t, 64> parked_ TUTTI_GUARDED_BY(mu_){};  // 0: no actor
  std::size_t parked_count_ TUTTI_GUARDED_BY(mu_) = 0;
};

extern const wait_watch joins;

lock_graph& graph() {
  // Never destroyed: locks of the program's statics may outlive ours.
  static lock_graph* const all = [] {
    auto made = std::make_unique<lock_graph>();
    waits_watched.store(&joins, sys::release);  // pairs: wait_watch.set
    return made.release();
  }();
  return *all;
}

constinit sys::atomic<lock_order_handler> order_handler{nullptr};

watching decide_watching() noexcept {
#ifdef NDEBUG
  bool on = false;
#else
  bool on = true;
#endif
  if (const char* const env = std::getenv("TUTTI_DEBUG"); env != nullptr && *env != '\0') {
    on = std::string_view(env) != "0";
  }
  watching expected = watching::undecided;
  const watching wanted = on ? watching::on : watching::off;
  return locks_watching.compare_exchange(expected, wanted, sys::relaxed, sys::relaxed) ? wanted
                                                                                       : expected;
}

/// What runs out of memory here is not seen by the watch; the program goes on.
template <class Fn>
void as_memory_allows(const Fn& fn) noexcept {
  try {
    fn();
  } catch (const std::bad_alloc&) {
  }
}

void tell(const std::string& report) noexcept {
  if (report.empty()) return;
  if (const lock_order_handler handler = order_handler.load(sys::acquire)) {
    handler(report);  // pairs: tutti.on_lock_order
  } else {
    std::fprintf(stderr, "tutti: %s\n", report.c_str());
  }
}

/// The handler runs as plain code of the thread: the task is registered with what it waits for.
void watch_park(task_cell& self, const wait_kind& why) noexcept {
  as_memory_allows([&] {
    const std::string report = graph().parks(self, why);
    if (report.empty()) return;
    void* const cell = std::exchange(sys::current.cell, nullptr);
    tell(report);
    sys::current.cell = cell;
  });
}

/// What waits for the end of tasks and threads tell.
constinit const wait_watch joins{[](task_cell& who, std::uint64_t whom) {
                                   if (sys::current_world != nullptr) return;
                                   try {
                                     graph().waits_for(who, whom);
                                   } catch (const std::bad_alloc&) {  // unseen by the watch
                                   }
                                 },
                                 [](task_cell& who) noexcept {
                                   if (sys::current_world == nullptr) graph().wait_for_over(who);
                                 }};

}  // namespace

watched_lock* watch_lock_slow(const char* kind, std::source_location made_at) noexcept {
  if (sys::current_world != nullptr || !locks_are_watched()) return nullptr;
  watched_lock* made = nullptr;
  as_memory_allows([&] { made = graph().add(kind, made_at); });
  return made;
}

void forget_lock_slow(watched_lock* l) noexcept {
  as_memory_allows([&] { graph().remove(l); });
}

void lock_wanted(watched_lock& l, task_cell& cell, std::source_location at) noexcept {
  as_memory_allows([&] { tell(graph().wanted(l, cell, at)); });
}

void lock_taken(watched_lock& l, task_cell& cell, std::uint64_t actor, std::source_location at,
                bool blocking_form) noexcept {
  sys::reach_further();
  const bool in_passing = blocking_form && cell.is_coroutine;
  if (in_passing) park_watch.store(&watch_park, sys::relaxed);
  as_memory_allows([&] { graph().taken(l, cell, actor, at, in_passing); });
}

void lock_waits(watched_lock& l, task_cell& cell, std::source_location at, bool endless) {
  sys::reach_further();
  try {
    graph().waits(l, cell, at, endless);
  } catch (const std::bad_alloc&) {  // unseen by the watch
  }
}

void lock_wait_over(watched_lock& l, std::uint64_t actor, bool handed) noexcept {
  as_memory_allows([&] { graph().wait_over(l, actor, handed); });
}

void lock_released(watched_lock& l, std::uint64_t actor) noexcept {
  sys::reach_further();
  as_memory_allows([&] { graph().released(l, actor); });
}

}  // namespace detail

void watch_locks(bool on) noexcept {
  detail::locks_watching.store(on ? detail::watching::on : detail::watching::off, sys::relaxed);
}

bool locks_are_watched() noexcept {
  detail::watching state = detail::locks_watching.load(sys::relaxed);
  if (state == detail::watching::undecided) state = detail::decide_watching();
  return state == detail::watching::on;
}

lock_order_handler on_lock_order(lock_order_handler handler) noexcept {
  return detail::order_handler.exchange(handler, sys::acq_rel);  // pairs: tutti.on_lock_order
}

}  // namespace tutti
