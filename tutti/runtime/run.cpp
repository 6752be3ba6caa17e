#include <tutti/runtime/run.hpp>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include <tutti/async/loop.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/runtime/detail/blocking_pool.hpp>
#include <tutti/sys/sigint.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/sys/world.hpp>

namespace tutti {
namespace detail {
namespace {

/// The scope of one run: free spawn goes round over the loops.
///
/// Threads:  place() from any task of the run; made and left by the thread that runs it.
/// Lifetime: outlives every task of the run; leaving it waits for them.
/// Wakes:    its end wakes the owner, as every scope's.
/// Order:    none between loops; the turn is a counter.
/// Cancel:   the run's end cancels what is left in it.
class run_root final : public root_scope, public blocking_source {
 public:
  run_root(std::vector<std::unique_ptr<loop>>& loops, blocking_pool& calls) noexcept
      : root_scope(nullptr), loops_(loops), calls_(calls) {}
  blocking_pool& blocking() noexcept override { return calls_; }
  ~run_root() { leave(); }
  scheduler& place() noexcept override {
    const std::size_t n = loops_.size();
    return *loops_[n == 1 ? 0 : turn_.fetch_add(1, sys::relaxed) % n];
  }

 private:
  std::vector<std::unique_ptr<loop>>& loops_;
  blocking_pool& calls_;
  sys::atomic<unsigned> turn_{0};
};

}  // namespace

/// Threads:  by the thread that made the runner; extra loops have their own threads inside.
/// Lifetime: the runner's.
/// Wakes:    Ctrl-C interrupts the first loop, whose thread then cancels main.
/// Order:    extra loops end after the last task on them.
/// Cancel:   of main, by Ctrl-C or by the scope the runner is used in.
class run_session {
 public:
  explicit run_session(run_options o) : options(std::move(o)) {
    const char* env = std::getenv("TUTTI_DEBUG");
    if (env != nullptr && std::string_view(env) == "1") options.debug = true;
    if (options.debug) unawaited_is_reported.store(true, sys::relaxed);
    const unsigned n = options.loops == 0 ? 1 : options.loops;
    for (unsigned i = 0; i < n; ++i) {
      loops.push_back(std::make_unique<loop>(make_driver(options.backend),
                                             n == 1 ? "loop" : "loop-" + std::to_string(i)));
      if (options.debug) loops.back()->watch_slow(options.slow_callback, &report_slow);
    }
    try {
      threads.reserve(n - 1);
      for (unsigned i = 1; i < n; ++i) {
        threads.emplace_back(loops[i]->label(), [this, i] {
          loops[i]->run_until(
              [](void* self) { return static_cast<run_session*>(self)->ended.load(sys::acquire); },
              this);  // pairs: run_session.ended
          loops[i]->drain();
        });
      }
    } catch (...) {
      end_threads();  // those that were started
      throw;
    }
  }
  ~run_session() {
    loops.front()->drain();
    end_threads();
  }

  void end_threads() noexcept {
    ended.store(true, sys::release);  // pairs: run_session.ended
    for (std::size_t i = 1; i < loops.size(); ++i) loops[i]->interrupt();
    threads.clear();  // joins
  }
  static void on_interrupt(void* self) noexcept {
    auto* s = static_cast<run_session*>(self);
    s->interrupts.store(true, sys::release);  // pairs: run_session.interrupts
    s->loops.front()->interrupt();
  }

  run_options options;
  std::vector<std::unique_ptr<loop>> loops;
  std::vector<sys::thread> threads;
  std::optional<run_root> root;
  future_base* main = nullptr;
  sys::atomic<bool> ended{false};
  sys::atomic<bool> interrupts{false};
  bool interrupted_main = false;
  blocking_pool calls;  // of to_thread; the first to go: it waits for calls that still run
};

}  // namespace detail

runner::runner(run_options options)
    : session_(std::make_unique<detail::run_session>(std::move(options))) {}
runner::~runner() = default;

runner::session_guard::session_guard(runner& r) : runner_(r) {
  const detail::scheduler* const here = detail::running_scheduler();
  const detail::task_cell* const cell = detail::running_cell();
  if ((here != nullptr && here->is_loop()) || (cell != nullptr && cell->is_coroutine)) {
    throw error("run() was called inside a run: co_await the task instead");
  }
  if (r.session_->root) throw error("this runner is running already");
  r.session_->root.emplace(r.session_->loops, r.session_->calls);
  r.session_->interrupted_main = false;
  r.session_->interrupts.store(false, sys::relaxed);
}
runner::session_guard::~session_guard() { runner_.session_->root.reset(); }

detail::scheduler& runner::first_loop() noexcept { return *session_->loops.front(); }
detail::root_scope& runner::background() noexcept { return *session_->root; }
task_options runner::main_options() const noexcept { return {session_->options.name}; }

detail::cancel_node* runner::parent_scope() const noexcept {
  // Inside submitted work, its cancellation reaches this run too.
  detail::task_cell* const cell = detail::running_cell();
  return cell != nullptr ? cell->scope : nullptr;
}

void runner::drive(detail::future_base& main) {
  detail::run_session& s = *session_;
  s.main = &main;
  std::optional<sys::sigint_watch> watch;
  if (s.options.handle_sigint && sys::current_world == nullptr)
    watch.emplace(&detail::run_session::on_interrupt, &s);
  s.loops.front()->run_until(
      [](void* p) {
        auto& self = *static_cast<detail::run_session*>(p);
        // pairs: run_session.interrupts
        if (TUTTI_UNLIKELY(self.interrupts.load(sys::acquire)) && !self.interrupted_main) {
          self.interrupted_main = true;
          self.main->cancel_work(cancel_reason::interrupt);
        }
        return self.main->done();
      },
      &s);
}

void runner::throw_cancelled() {
  if (session_->interrupted_main) throw interrupted();
  if (detail::task_cell* const cell = detail::running_cell()) cell->checkpoint();
  throw future_cancelled("the main task was cancelled");
}

}  // namespace tutti
