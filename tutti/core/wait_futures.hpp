/// \file
/// Waiting for several futures at once without reading them: `wait` and its timed and awaited
/// forms.
#pragma once

#include <utility>
#include <vector>

#include <tutti/core/detail/ready_list.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/scope_guard.hpp>

namespace tutti {

/// When `wait` returns. An exception does not count while it is only a cancellation.
enum class wait_until : unsigned char { all_completed, first_completed, first_exception };

/// What `wait` gives: the same futures, each group in the order in which they were passed.
template <class T>
struct wait_result {
  std::vector<future<T>> done;
  std::vector<future<T>> pending;
};

namespace detail {

/// Watches futures until enough of them are done.
template <class T>
class wait_for_some {
 public:
  wait_for_some(std::vector<future<T>> futures, wait_until rule)
      : futures_(std::move(futures)), rule_(rule), missing_(futures_.size()) {
    for (future<T>& f : futures_) {
      require_valid(f.state());
      watch_.watch(*f.state());
    }
  }
  wait_for_some(wait_for_some&&) noexcept = default;

  /// True when there is nothing more to wait for.
  bool enough() noexcept {
    while (const auto i = watch_.pop()) {
      --missing_;
      const future_state<T>& s = *futures_[*i].state();
      const bool failed = s.result.exception() != nullptr && !s.was_cancelled();
      if (rule_ == wait_until::first_completed ||
          (rule_ == wait_until::first_exception && failed)) {
        missing_ = 0;
      }
    }
    return missing_ == 0;
  }
  ready_list::handle& watched() noexcept { return watch_; }
  wait_result<T> result() {
    wait_result<T> out;
    for (future<T>& f : futures_) (f.done() ? out.done : out.pending).push_back(std::move(f));
    return out;
  }

 private:
  std::vector<future<T>> futures_;
  ready_list::handle watch_;  // before the futures go
  wait_until rule_;
  std::size_t missing_;
};

template <class T>
wait_result<T> wait_blocking(std::vector<future<T>> futures, time_point limit, wait_until rule) {
  wait_result<T> out;
  {
    wait_for_some<T> some(std::move(futures), rule);
    while (!some.enough()) {
      if (limit <= clock::now()) break;
      require_blocking_allowed("wait()", "co_await async_wait(futures)");
      if (!some.watched().block(limit)) break;
    }
    out = some.result();
  }
  return out;
}

template <class T>
task<wait_result<T>> wait_awaited(std::vector<future<T>> futures, wait_until rule) {
  wait_for_some<T> some(std::move(futures), rule);
  while (!some.enough()) co_await some.watched().more();
  co_return some.result();
}

template <class T>
task<wait_result<T>> wait_awaited_for(std::vector<future<T>> futures, duration limit,
                                      wait_until rule) {
  wait_for_some<T> some(std::move(futures), rule);
  task_cell& self = co_await this_cell();
  cancel_node node(cancel_node::kind::scope, self.scope);
  entered_scope inside(self, node, deadline_after(limit));
  try {
    while (!some.enough()) co_await some.watched().more();
  } catch (const cancelled&) {
    if (!inside.owns_cancellation()) throw;  // else the time is up, which is no error
  }
  co_return some.result();
}

}  // namespace detail

/// Waits until enough of the futures are done and gives all of them back, unread, in two groups. No
/// futures: two empty groups at once. Blocks (`blocking_call` on a loop). A cancelled wait throws
/// and drops the futures, which leaves their work alone. Source: `concurrent.futures.wait`.
/// ```
/// auto [done, pending] = tutti::wait(std::move(futures), tutti::wait_until::first_completed);
/// ```
template <class T>
wait_result<T> wait(std::vector<future<T>> futures, wait_until rule = wait_until::all_completed) {
  return detail::wait_blocking<T>(std::move(futures), time_point::max(), rule);
}
/// The same with a time limit; running out is no error.
template <class T>
wait_result<T> try_wait_for(std::vector<future<T>> futures, detail::timespan limit,
                            wait_until rule = wait_until::all_completed) {
  return detail::wait_blocking<T>(std::move(futures), detail::deadline_after(limit), rule);
}
/// The same, awaited.
template <class T>
TUTTI_CORO_WRAPPER task<wait_result<T>> async_wait(std::vector<future<T>> futures,
                                                   wait_until rule = wait_until::all_completed) {
  return detail::wait_awaited<T>(std::move(futures), rule);
}
/// Awaited, with a time limit that counts from the await; running out is no error.
template <class T>
TUTTI_CORO_WRAPPER task<wait_result<T>> async_wait_for(
    std::vector<future<T>> futures, detail::timespan limit,
    wait_until rule = wait_until::all_completed) {
  return detail::wait_awaited_for<T>(std::move(futures), limit.value(), rule);
}

}  // namespace tutti
