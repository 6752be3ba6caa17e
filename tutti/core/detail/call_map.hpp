/// \file
/// The work behind `map`: one result for many calls of a plain callable.
#pragma once

#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

#include <tutti/base/invoke.hpp>
#include <tutti/core/detail/intake.hpp>
#include <tutti/core/submitted.hpp>

namespace tutti::detail {

class call_map_base;

/// Some neighbouring inputs of a map: one piece of work.
class call_map_piece final : public task_cell {
 public:
  call_map_piece(call_map_base& of, scheduler& on, cancel_node* parent, std::size_t first,
                 std::size_t last) noexcept;
  /// Created → done, by who cancels the map: true if this piece never starts.
  bool withdraw() noexcept { return take_unstarted(); }
  void retire() noexcept {
    leave();
    mark_done();
  }
  bool is_dismissed() const noexcept override;
  const std::size_t first;
  const std::size_t last;

 private:
  void start() noexcept override;
  void drop() noexcept override;
  std::coroutine_handle<> body_done() noexcept override { return std::noop_coroutine(); }
  call_map_base& of_;
};

/// Threads:  piece_*() by the executor's threads; cancel_pieces() from anywhere.
/// Lifetime: counted: each piece has a share until its queue entry is used up, the future has one.
/// Wakes:    the last piece completes the future.
/// Order:    results lie in their slots before the count of pieces falls.
/// Cancel:   pieces that have not started never do; those that run stop before their next input.
class call_map_base {
 public:
  virtual ~call_map_base() = default;
  void run_piece(call_map_piece& piece) noexcept;
  void drop_piece(call_map_piece& piece) noexcept;
  bool is_dismissed() const noexcept { return door_ != nullptr && door_->is_cancelled(); }

 protected:
  /// Calls the callable for one input.
  virtual void call(call_map_piece& piece, std::size_t index) = 0;
  /// Every piece is over.
  virtual void all_over(std::exception_ptr failure, bool complete) noexcept = 0;
  virtual void give_back_share() noexcept = 0;
  /// Does the callable take a stop_token, so that it can be stopped while it runs?
  virtual bool listens() const noexcept = 0;

  void make_pieces(scheduler& on, cancel_node* parent, std::size_t inputs, std::size_t chunk);
  std::size_t piece_count() const noexcept { return count_; }
  void launch_pieces(intake& door) noexcept;
  bool cancel_pieces(cancel_reason why) noexcept;
  std::string piece_name();

 private:
  void failed(call_map_piece& piece, std::exception_ptr error) noexcept;
  void piece_over(call_map_piece& piece, bool complete) noexcept;

  std::unique_ptr<std::optional<call_map_piece>[]> pieces_;  // fixed before the first is launched
  std::size_t count_ = 0;                                    // fixed before the first is launched
  intake* door_ = nullptr;                                   // fixed before the first is launched
  std::exception_ptr failure_;                               // owner: who set `decided_`
  sys::atomic<std::size_t> left_{0};
  sys::atomic<bool> decided_{false};
  sys::atomic<bool> stopped_{false};
  sys::atomic<bool> incomplete_{false};
};

template <class R, class F, class In>
class call_map final
    : public call_map_base,
      public future_state<std::conditional_t<std::is_void_v<R>, void, std::vector<regular<R>>>> {
  using result = std::conditional_t<std::is_void_v<R>, void, std::vector<regular<R>>>;

 public:
  template <class G>
  static future<result> start(scheduler& on, cancel_node* parent, admission& in, G&& f,
                              std::vector<In>&& inputs, std::size_t chunk) {
    auto made = std::unique_ptr<call_map>(new call_map(std::forward<G>(f), std::move(inputs)));
    made->make_pieces(on, parent, made->inputs_.size(), chunk);
    call_map* const state = made.release();
    for (std::size_t i = 0; i < state->piece_count(); ++i) state->retain();
    future<result> f_out = future<result>::adopt(state);
    if (state->piece_count() == 0) {
      state->all_over(nullptr, true);
    } else {
      state->launch_pieces(in.hand_over());
    }
    return f_out;
  }
  bool cancel_work(cancel_reason why) noexcept override {
    return !this->done() && cancel_pieces(why);
  }
  std::string label() override { return piece_name(); }

 private:
  template <class G>
  call_map(G&& f, std::vector<In>&& inputs)
      : future_state<result>(1U), f_(std::forward<G>(f)), inputs_(std::move(inputs)) {
    if constexpr (!std::is_void_v<R>) results_.resize(inputs_.size());
  }
  void call(call_map_piece& piece, std::size_t index) override {
    const auto apply = [&]() -> decltype(auto) {
      if constexpr (takes_stop_token<F, In>) {
        return detail::invoke(f_, stop_record::of(piece), std::move(inputs_[index]));
      } else {
        return detail::invoke(f_, std::move(inputs_[index]));
      }
    };
    if constexpr (std::is_void_v<R>) {
      apply();
    } else {
      results_[index].emplace(apply());
    }
  }
  void all_over(std::exception_ptr failure, bool complete) noexcept override {
    outcome<result> o;
    try {
      if (failure) {
        o = outcome<result>::failure(std::move(failure));
      } else if (!complete) {
        o = outcome<result>::failure(std::make_exception_ptr(cancelled{}));
      } else if constexpr (std::is_void_v<R>) {
        o.emplace();
      } else {
        result all;
        all.reserve(results_.size());
        for (std::optional<R>& r : results_) all.push_back(*std::move(r));
        o.emplace(std::move(all));
      }
    } catch (...) {
      o = outcome<result>::failure(std::current_exception());
    }
    this->finish(std::move(o));
  }
  void give_back_share() noexcept override { this->release(); }
  bool listens() const noexcept override { return takes_stop_token<F, In>; }

  F f_;
  std::vector<In> inputs_;
  // Slots of their own, so that neighbours written by different threads never share bits.
  std::vector<std::optional<regular<R>>> results_;
};

}  // namespace tutti::detail
