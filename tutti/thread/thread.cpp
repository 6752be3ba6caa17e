#include <tutti/thread/thread.hpp>

#include <optional>

#include <tutti/core/detail/wait_watch.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/thread_cell.hpp>
#include <tutti/sys/futex.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/sys/world.hpp>

namespace tutti {
namespace detail {

/// What a thread and its owner share: the end of the thread is a future.
///
/// Threads:  cell by the thread itself; the rest as future_state.
/// Lifetime: counted: one share for the body, one for the owner.
/// Wakes:    as future_state.
/// Order:    as future_state.
/// Cancel:   cancel_work() triggers the stop_token.
class thread_record final : public future_state<void> {
 public:
  thread_record(std::string_view given, function<void(std::stop_token)> f, bool hears_of_stop)
      : future_state<void>(1U),
        name(given.empty() ? next_name() : std::string(given)),
        body(std::move(f)),
        hears_of_stop_(hears_of_stop) {}

  bool cancel_work(cancel_reason) noexcept override { return request_stop(); }
  bool request_stop() noexcept {
    if (hears_of_stop_.load(sys::relaxed)) sys::reach_further();
    return stop_.request_stop();
  }
  std::stop_token give_stop_token() noexcept {
    hears_of_stop_.store(true, sys::relaxed);
    return stop_.get_token();
  }
  std::string label() override { return name; }

  /// The id of the thread as a task, for the watch over waits; 0 where there is none. A thread that
  /// has not begun is waited for: that takes some microseconds, and only where locks are watched.
  std::uint64_t number_to_watch() const noexcept {
    if (watch_of_waits() == nullptr || sys::current_world != nullptr) return 0;
    while (number.load(sys::relaxed) == 0) sys::cpu_relax();
    return number.load(sys::relaxed);
  }

  /// On the new thread.
  void run() noexcept {
    outcome<void> o;
    {
      thread_cell own(name);
      number.store(own.id(), sys::relaxed);
      cell.store(&own, sys::relaxed);
      running_guard here(own);
      try {
        body(stop_.get_token());
        o.emplace();
      } catch (...) {
        o = outcome<void>::failure(std::current_exception());
      }
      body.reset();  // what the callable owns is destroyed here, where this_task still answers
      cell.store(nullptr, sys::relaxed);
    }
    sys::decide_only(sys::operation::end, static_cast<future_base*>(this));
    finish(std::move(o));
    release();
  }

  const std::string name;
  function<void(std::stop_token)> body;   // owner: the thread
  sys::thread native;                     // owner: the owner
  sys::atomic<std::uint64_t> number{0};   // the thread's id as a task, once it runs
  sys::atomic<task_cell*> cell{nullptr};  // which task is the thread itself; compared only

 private:
  std::stop_source stop_;
  sys::atomic<bool> hears_of_stop_;  // somebody may ask whether it shall stop

  static std::string next_name() {
    static sys::atomic<unsigned> number{1};
    return "thread-" + std::to_string(number.fetch_add(1, sys::relaxed));
  }
};

}  // namespace detail

detail::thread_record* thread::start(std::string_view name,
                                     detail::function<void(std::stop_token)> body,
                                     bool hears_of_stop) {
  detail::shared_state<detail::thread_record> made(
      new detail::thread_record(name, std::move(body), hears_of_stop));
  sys::decide_only(sys::operation::spawn, made.get());
  made->retain();  // the body's share
  try {
    made->native = sys::thread(made->name, [record = made.get()] { record->run(); });
  } catch (...) {
    made->release();
    throw;
  }
  made->retain();
  return made.get();
}

void thread::join() {
  if (record_ == nullptr)
    throw error("join() on a thread that was never started, or was joined already");
  if (record_->cell.load(sys::relaxed) == &detail::current_cell()) {
    throw deadlock("thread \"" + record_->name + "\" joined itself, which would wait for ever");
  }
  sys::decide_only(sys::operation::wait, static_cast<detail::future_base*>(record_));
  if (!record_->done()) {
    detail::require_blocking_allowed("thread::join()", "co_await to_thread([&] { t.join(); })");
    const detail::watched_wait seen(detail::current_cell(), record_->number_to_watch());
    record_->block_until_done(time_point::max());
  }
  const detail::shared_state<detail::thread_record> gone(std::exchange(record_, nullptr));
  gone->native.join();
  gone->mark_observed();
  gone->result.value();
}

thread::~thread() {
  if (record_ == nullptr) return;
  TUTTI_CHECK(
      record_->cell.load(sys::relaxed) != &detail::current_cell(),
      "a thread joined itself: it was destroyed by its own body; let somebody outside own it");
  sys::decide_only(sys::operation::end, static_cast<detail::future_base*>(record_));
  record_->request_stop();
  const detail::shared_state<detail::thread_record> gone(std::exchange(record_, nullptr));
  if (!gone->done()) {
    detail::task_cell& self = detail::current_cell();
    detail::cancel_node node(detail::cancel_node::kind::shield, self.scope);
    detail::entered_scope inside(self, node, time_point::max());
    // Not refused, there is nobody to tell; but a lock that closes the ring later is.
    std::optional<detail::watched_wait> seen;
    try {
      seen.emplace(self, gone->number_to_watch());
    } catch (const deadlock&) {
      detail::report_unobserved(gone->name, std::current_exception());
    }
    gone->block_until_done(time_point::max());  // woken by the thread's last step
  }
  gone->native.join();
}

bool thread::request_stop() noexcept { return record_ != nullptr && record_->request_stop(); }

std::stop_token thread::get_stop_token() const noexcept {
  return record_ != nullptr ? record_->give_stop_token() : std::stop_token();
}

std::string thread::name() const { return record_ != nullptr ? record_->name : std::string(); }

}  // namespace tutti
