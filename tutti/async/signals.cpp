#include <tutti/async/signals.hpp>

#include <tutti/async/backend/signal_watch.hpp>
#include <tutti/async/detail/counted.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/scope_guard.hpp>

namespace tutti {
namespace detail {

/// Threads:  one loop at a time.
/// Lifetime: outlives its waiters.
/// Wakes:    as signal_watch.
/// Order:    as signal_watch.
/// Cancel:   as readiness.
class signals_body {
 public:
  explicit signals_body(std::initializer_list<int> numbers) : watch_(numbers) {}
  signals_body(const signals_body&) = delete;
  signals_body& operator=(const signals_body&) = delete;
  ~signals_body() {
    TUTTI_CHECK(in_use_ == 0, "signals were destroyed while a task waited in next()");
  }

  task<int> next() {
    task_cell& self = co_await this_cell();
    self.checkpoint();
    const counted mine(in_use_);
    for (;;) {
      if (const int number = watch_.take(); number != 0) co_return number;
      if (watch_.ready().is_ready(direction::read)) {
        watch_.hush();
      } else {
        co_await watch_.ready().until(direction::read);
      }
    }
  }

 private:
  signal_watch watch_;
  unsigned in_use_ = 0;
};

}  // namespace detail

signals::signals(std::initializer_list<int> numbers)
    : body_(std::make_unique<detail::signals_body>(numbers)) {}
signals::signals(signals&& other) noexcept = default;
signals& signals::operator=(signals&& other) noexcept = default;
signals::~signals() = default;

TUTTI_CORO_WRAPPER task<int> signals::next() {
  if (body_ == nullptr) throw closed("these signals were moved from");
  return body_->next();
}

}  // namespace tutti
