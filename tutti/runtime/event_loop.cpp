#include <tutti/runtime/event_loop.hpp>

#include <string>

#include <tutti/async/loop.hpp>
#include <tutti/runtime/detail/blocking_pool.hpp>
#include <tutti/sys/thread.hpp>

namespace tutti {
namespace detail {
namespace {

/// Background tasks of an event loop: free spawn puts them on that loop.
class loop_root final : public root_scope, public blocking_source {
 public:
  explicit loop_root(loop& l) noexcept : root_scope(nullptr), loop_(l) {}
  ~loop_root() override { leave(); }
  scheduler& place() noexcept override { return loop_; }
  blocking_pool& blocking() noexcept override { return calls_; }

 private:
  loop& loop_;
  blocking_pool calls_;
};

/// When all submitted work is done, what it left behind is cancelled and awaited.
task<void> end_background(shared_future<void> submitted, root_scope& background,
                          promise<void> quiet) {
  co_await submitted;
  background.owner = &co_await this_cell();
  background.cancel(cancel_reason::shutdown);
  co_await background.join();
  quiet.set_value();
}

}  // namespace

/// Threads:  made and stopped by the executor; the loop runs on its own thread.
/// Lifetime: its executor's.
/// Wakes:    stop() interrupts the loop.
/// Order:    the loop ends after its last task.
/// Cancel:   background tasks, at the end.
class loop_thread {
 public:
  loop_thread(io_backend backend, std::string name)
      : body(make_driver(backend), std::move(name)), background(body) {
    body.set_root(&background);
    thread = sys::thread(body.label(), [this] {
      body.run_until(
          [](void* self) {
            return static_cast<loop_thread*>(self)->ended.load(
                sys::acquire);  // pairs: loop_thread.ended
          },
          this);
      body.drain();
    });
  }
  ~loop_thread() { stop(); }

  /// The end is made at the beginning: a destructor cannot say that there is no memory.
  void prepare_end(shared_future<void> submitted) {
    end = std::make_unique<spawned_task<void>>(
        body, nullptr, nullptr, false,
        end_background(std::move(submitted), background, std::move(set_quiet)),
        std::source_location::current());
  }
  void wind_down() noexcept { launch<void>(*end.release(), {}, false); }
  void stop() noexcept {
    ended.store(true, sys::release);  // pairs: loop_thread.ended
    body.interrupt();
    thread.join();
  }

  loop body;
  loop_root background;
  promise<void> set_quiet;
  shared_future<void> quiet = set_quiet.get_future().share();
  std::unique_ptr<spawned_task<void>> end;  // given to the loop by the first who shuts down
  sys::atomic<bool> ended{false};
  sys::thread thread;
};

loop_holder::loop_holder(event_loop_options options)
    : loop(std::make_unique<loop_thread>(options.backend, std::string(options.name))) {}
loop_holder::~loop_holder() = default;
scheduler& loop_holder::where() const noexcept { return loop->body; }

}  // namespace detail

event_loop::event_loop(event_loop_options options)
    : loop_holder(options), task_executor(loop_holder::where(), 1) {
  loop->prepare_end(door().empty());
}

event_loop::~event_loop() { end(); }

void event_loop::wind_down() { loop->wind_down(); }
shared_future<void> event_loop::quiet() { return loop->quiet; }
void event_loop::stop() noexcept { loop->stop(); }

}  // namespace tutti
