/// \file
/// Results in the order in which they are ready.
#pragma once

#include <utility>
#include <vector>

#include <tutti/core/detail/ready_list.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/stream.hpp>

namespace tutti {
namespace detail {

/// Futures whose work is cancelled with them, if it is theirs.
template <class T>
class watched_futures {
 public:
  watched_futures(std::vector<future<T>> futures, bool owns_work) noexcept
      : all(std::move(futures)), owns_work_(owns_work) {}
  watched_futures(watched_futures&&) noexcept = default;
  watched_futures& operator=(watched_futures&&) = delete;
  ~watched_futures() {
    for (future<T>& f : all) {
      if (owns_work_ && f.valid() && !f.done()) f.cancel();
    }
  }
  std::vector<future<T>> all;

 private:
  bool owns_work_;
};

template <class T>
class completed_source final : public stream_source<regular<T>> {
 public:
  explicit completed_source(watched_futures<T> futures)
      : futures_(std::move(futures)), left_(futures_.all.size()) {
    for (future<T>& f : futures_.all) {
      require_valid(f.state());
      watch_.watch(*f.state());
    }
  }

  std::optional<regular<T>> next() override {
    if (left_ == 0) return std::nullopt;
    std::optional<std::size_t> i = watch_.pop();
    while (!i) {
      require_blocking_allowed("stream::next()", "co_await s.async_next()");
      watch_.block(time_point::max());
      i = watch_.pop();
    }
    return read(*i);
  }
  TUTTI_CORO_WRAPPER task<std::optional<regular<T>>> async_next() override {
    return await_next(*this);
  }

 private:
  static task<std::optional<regular<T>>> await_next(completed_source& self) {
    task_cell& reader = co_await this_cell();
    reader.checkpoint();
    if (self.left_ == 0) co_return std::nullopt;
    std::optional<std::size_t> i = self.watch_.pop();
    while (!i) {
      co_await self.watch_.more();
      i = self.watch_.pop();
    }
    try {
      co_return self.read(*i);
    } catch (const future_cancelled&) {
      reader.checkpoint();  // the scope of both was cancelled: that passes through
      throw;
    }
  }
  /// The state stays with its future, which the watch still refers to.
  std::optional<regular<T>> read(std::size_t i) {
    --left_;
    future_state<T>& state = *futures_.all[i].state();
    state.mark_observed();
    if constexpr (std::is_void_v<T>) {
      std::move(state.result).value();
      return regular<T>{};
    } else {
      return take<T>(state.result);
    }
  }

  watched_futures<T> futures_;
  ready_list::handle watch_;  // goes before the futures
  std::size_t left_;
};

}  // namespace detail

/// Gives the results of futures in the order in which they are done. Dropping the stream leaves the
/// work alone. Source: `concurrent.futures.as_completed`.
template <class T>
stream<detail::regular<T>> as_completed(std::vector<future<T>> futures) {
  return stream<detail::regular<T>>(std::make_unique<detail::completed_source<T>>(
      detail::watched_futures<T>(std::move(futures), false)));
}
/// The same for tasks, which are spawned as by spawn(); dropping the stream cancels them, the run
/// awaits them. Source: `asyncio.as_completed`.
template <class T>
stream<detail::regular<T>> as_completed(std::vector<task<T>> tasks) {
  detail::watched_futures<T> futures({}, true);
  futures.all.reserve(tasks.size());
  for (task<T>& t : tasks) futures.all.push_back(spawn(std::move(t)));
  return stream<detail::regular<T>>(
      std::make_unique<detail::completed_source<T>>(std::move(futures)));
}

}  // namespace tutti
