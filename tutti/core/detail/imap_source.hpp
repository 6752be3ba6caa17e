/// \file
/// The streams behind `imap` and `imap_unordered`.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <tutti/base/invoke.hpp>
#include <tutti/base/ranges.hpp>
#include <tutti/core/detail/ready_list.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/submitted.hpp>
#include <tutti/core/stream.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti::detail {

/// Calls `f` for a few neighbouring inputs, here and now; a failure stays with its input.
template <class R, class F, class In>
std::vector<outcome<regular<R>>> call_chunk(std::shared_ptr<F> f, std::vector<In> inputs) {
  std::vector<outcome<regular<R>>> out;
  out.reserve(inputs.size());
  for (In& x : inputs) {
    try {
      const auto apply = [&]() -> decltype(auto) {
        if constexpr (takes_stop_token<F, In>) {
          return detail::invoke(*f, stop_record::of(current_cell()), std::move(x));
        } else {
          return detail::invoke(*f, std::move(x));
        }
      };
      if constexpr (std::is_void_v<R>) {
        apply();
        out.emplace_back().emplace();
      } else {
        out.emplace_back().emplace(apply());
      }
    } catch (const cancelled&) {
      throw;
    } catch (...) {
      if (out.size() < static_cast<std::size_t>(&x - inputs.data()) + 1) out.emplace_back();
      out.back() = outcome<regular<R>>::failure(std::current_exception());
    }
  }
  return out;
}

/// The same for a coroutine function, one input after the other.
template <class T, class F, class In>
task<std::vector<outcome<regular<T>>>> await_chunk(std::shared_ptr<F> f, std::vector<In> inputs) {
  std::vector<outcome<regular<T>>> out;
  out.reserve(inputs.size());
  for (In& x : inputs) {
    outcome<regular<T>> o;
    try {
      if constexpr (std::is_void_v<T>) {
        co_await detail::invoke(*f, std::move(x));
        o.emplace();
      } else {
        o.emplace(co_await detail::invoke(*f, std::move(x)));
      }
    } catch (const cancelled&) {
      throw;
    } catch (...) {
      o = outcome<regular<T>>::failure(std::current_exception());
    }
    out.push_back(std::move(o));
  }
  co_return out;
}

/// Reads inputs a bounded number of pieces ahead; the reader's own calls keep the executor fed.
template <class Executor, class F, class Inputs>
class imap_source final
    : public stream_source<regular<work_result_t<F, std::ranges::range_value_t<Inputs>>>> {
  using input = std::ranges::range_value_t<Inputs>;
  using called = std::remove_cvref_t<call_result_t<F, input>>;
  using result = work_result_t<F, input>;
  using item = regular<result>;
  using piece = std::vector<outcome<item>>;

 public:
  template <class G>
  imap_source(Executor& executor, G&& f, Inputs inputs, std::size_t chunk, std::size_t ahead,
              bool ordered)
      : executor_(executor),
        f_(std::make_shared<F>(std::forward<G>(f))),
        inputs_(std::move(inputs)),
        at_(std::ranges::begin(inputs_)),
        chunk_(chunk),
        ahead_(ahead),
        ordered_(ordered) {
    fill();
  }
  ~imap_source() override {
    for (future<piece>& f : pieces_) {
      if (!f.valid()) continue;
      if (!f.done()) f.cancel();
      f.state()->mark_observed();
    }
  }

  std::optional<item> next() override {
    while (!has_item()) {
      if (in_flight_ == 0) return at_end();
      require_blocking_allowed("stream::next()", "co_await s.async_next()");
      watch_.block(time_point::max());
    }
    return take_item();
  }
  TUTTI_CORO_WRAPPER task<std::optional<item>> async_next() override {
    return await_next(*this);
  }

 private:
  static task<std::optional<item>> await_next(imap_source& self) {
    task_cell& reader = co_await this_cell();
    reader.checkpoint();
    try {
      while (!self.has_item()) {
        if (self.in_flight_ == 0) co_return self.at_end();
        co_await self.watch_.more();
      }
    } catch (const future_cancelled&) {
      reader.checkpoint();  // the scope of both was cancelled: that passes through
      throw;
    }
    co_return self.take_item();
  }

  void fill_or_end() noexcept {
    try {
      fill();
    } catch (...) {
      broken_ = std::current_exception();
    }
  }
  /// Submits pieces until enough are in flight or the inputs end.
  void fill() {
    while (in_flight_ < ahead_ && !broken_ && at_ != std::ranges::end(inputs_)) {
      std::vector<input> next_inputs;
      try {
        for (std::size_t i = 0; i < chunk_ && at_ != std::ranges::end(inputs_); ++i, ++at_) {
          next_inputs.emplace_back(*at_);
        }
      } catch (...) {
        broken_ = std::current_exception();  // of the inputs: told after what came before
      }
      if (next_inputs.empty()) return;
      submit(std::move(next_inputs));
    }
  }
  /// The lists grow together or not at all: a piece has one number in all of them.
  void submit(std::vector<input> next_inputs) {
    watch_.make_room();
    arrived_.push_back(false);
    try {
      pieces_.emplace_back();
    } catch (...) {
      arrived_.pop_back();
      throw;
    }
    try {
      pieces_.back() = start(std::move(next_inputs));
    } catch (...) {
      arrived_.pop_back();
      pieces_.pop_back();
      throw;
    }
    watch_.watch(*pieces_.back().state());
    ++in_flight_;
  }
  future<piece> start(std::vector<input> next_inputs) {
    if constexpr (is_task<called>::value) {
      return executor_.submit(await_chunk<result, F, input>(f_, std::move(next_inputs)));
    } else {
      return executor_.submit(&call_chunk<result, F, input>, f_, std::move(next_inputs));
    }
  }
  bool has_item() {
    while (unread_ == ready_.size()) {
      std::optional<std::size_t> done = ordered_ ? next_in_order() : watch_.pop();
      if (!done) return false;
      future_state<piece>& state = *pieces_[*done].state();
      state.mark_observed();
      --in_flight_;
      unread_ = 0;
      ready_.clear();
      const future<piece> read = std::move(pieces_[*done]);  // popped: the watch is through with it
      try {
        ready_ = take<piece>(state.result);  // a piece that was cancelled throws future_cancelled
      } catch (...) {
        if (in_flight_ == 0) fill_or_end();  // what comes after it is not lost with it
        throw;
      }
      fill();
    }
    return true;
  }
  std::optional<std::size_t> next_in_order() {
    while (const auto i = watch_.pop()) arrived_[*i] = true;
    if (turn_ == pieces_.size() || !arrived_[turn_]) return std::nullopt;
    return turn_++;
  }
  std::optional<item> take_item() {
    outcome<item>& o = ready_[unread_++];
    return std::move(o).value();
  }
  std::optional<item> at_end() {
    if (broken_) std::rethrow_exception(std::exchange(broken_, nullptr));
    return std::nullopt;
  }

  Executor& executor_;
  std::shared_ptr<F> f_;
  Inputs inputs_;
  std::ranges::iterator_t<Inputs> at_;
  std::size_t chunk_;
  std::size_t ahead_;
  bool ordered_;
  std::exception_ptr broken_;
  std::deque<future<piece>> pieces_;  // all of them: numbers of the watch are places here
  std::deque<bool> arrived_;
  ready_list::handle watch_;  // goes before the futures
  piece ready_;
  std::size_t unread_ = 0;
  std::size_t turn_ = 0;
  std::size_t in_flight_ = 0;
};

}  // namespace tutti::detail

TUTTI_CLOSURE_FRAMES_END
