/// \file
/// The engine of gather, race and `on`: children in the awaiting frame, joined without a shared
/// heap object.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <tutti/core/hook.hpp>
#include <tutti/core/spawned.hpp>

namespace tutti::detail {

/// Threads:  arrive() by each child's thread, once; the rest by the awaiting task.
/// Lifetime: in the awaiting frame; the last arrival is the last touch.
/// Wakes:    the last child wakes (or goes on as) the awaiting task.
/// Order:    what every child did is seen by the awaiting task.
/// Cancel:   the wait itself cannot be cancelled: cancelling the scope ends the children, which
///           ends it.
class fan_scope : public cancel_node {
 public:
  enum class rule : unsigned char { first_failure, first_finish, all };
  fan_scope(rule r, task_cell& owner_cell) noexcept
      : cancel_node(kind::scope, owner_cell.scope),
        wait_(joining, owner_cell),
        former_deadline_(owner_cell.deadline_near),
        rule_(r) {
    owner_cell.enter_scope(*this, owner_cell.deadline_near);
  }
  ~fan_scope() { wait_.cell->leave_scope(*this, former_deadline_); }

  void expect(unsigned children) noexcept { live_.store(children, sys::relaxed); }
  /// Suspends the awaiting coroutine; every child has been started. False: they are all over
  /// already.
  bool park(std::coroutine_handle<> h) noexcept { return wait_.cell->park_for_children(wait_, h); }
  /// Child number `index` is over, with `error` unless it is null. Gives what to run next on this
  /// thread.
  std::coroutine_handle<> arrive(unsigned index, const std::exception_ptr& error,
                                 task_cell& child) noexcept;

  static constexpr unsigned nobody = ~0U;
  /// After the join: the child that decided (first failure or first to finish), or nobody.
  unsigned decided() const noexcept { return decided_.load(sys::relaxed); }
  task_cell& owner_cell() noexcept { return *wait_.cell; }
  /// The children of a race act for the task that races: what the winner locked is that task's.
  bool is_race() const noexcept { return rule_ == rule::first_finish; }
  /// Throws what a cancelled child means for the one who awaits: its own cancellation, or a
  /// failure.
  [[noreturn]] void throw_child_cancelled();

 private:
  static const wait_kind joining;
  wait wait_;
  time_point former_deadline_;
  sys::atomic<unsigned> live_{0};
  sys::atomic<unsigned> decided_{nobody};
  rule rule_;
};

/// One child: a cell, its coroutine, its outcome.
template <class T>
class fan_child final : public task_cell {
 public:
  fan_child(scheduler& on, fan_scope& scope_of_all, unsigned index, task<T>&& t,
            std::source_location site) noexcept
      : task_cell(on, &scope_of_all, site), fan_(scope_of_all), body_(t.release()), index_(index) {
    body_.promise().cell = this;
    resume_ = body_;
    inherit(scope_of_all.owner_cell());
    awaited_by.store(&scope_of_all.owner_cell(), sys::relaxed);
    if (scope_of_all.is_race()) act_for(scope_of_all.owner_cell());
    on_created(*this);
  }
  /// Runs it on this thread next: the awaiting task has parked.
  std::coroutine_handle<> begin_here() noexcept {
    state_.store(1U, sys::relaxed);  // active
    sys::current.cell = this;
    return body_;
  }
  outcome<T> result;

 private:
  std::coroutine_handle<> body_done() noexcept override {
    try {
      result = std::move(body_.promise().result);
    } catch (...) {
      result = outcome<T>::failure(std::current_exception());
    }
    std::exchange(body_, {}).destroy();
    return end();
  }
  void drop() noexcept override {
    {
      const quiet_drops arguments;
      std::exchange(body_, {}).destroy();
    }
    result = outcome<T>::failure(cancelled_error(cancel_reason::explicit_request));
    resume_loop(end());
  }
  std::coroutine_handle<> end() noexcept {
    leave();
    const std::exception_ptr error = result.exception();
    on_finished(*this, error);
    mark_done();
    return fan_.arrive(index_, error, *this);
  }

  fan_scope& fan_;
  std::coroutine_handle<task_promise<T>> body_;
  unsigned index_;
};

/// Starts the children and awaits them all. `on`: where they run; null: where the awaiting task
/// runs.
template <class... Ts>
class fan_awaiter : public native_awaiter {
 public:
  fan_awaiter(fan_scope& f, scheduler* on, std::source_location site, task<Ts>&&... tasks) noexcept
      : fan_(f), on_(on), site_(site), tasks_(std::move(tasks)...) {}
  fan_awaiter(const fan_awaiter&) = delete;
  fan_awaiter& operator=(const fan_awaiter&) = delete;

  bool await_ready() const noexcept { return sizeof...(Ts) == 0; }
  template <std::derived_from<promise_base> Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> h) noexcept {
    return start(h, std::index_sequence_for<Ts...>());
  }
  void await_resume() const noexcept {}
  template <std::size_t I>
  auto& result() noexcept {
    return std::get<I>(children_)->result;
  }

 private:
  template <std::size_t... I>
  std::coroutine_handle<> start(std::coroutine_handle<> h, std::index_sequence<I...>) noexcept {
    scheduler& here = *fan_.owner_cell().where;
    scheduler& where = on_ != nullptr ? *on_ : here;
    fan_.expect(sizeof...(Ts));
    (std::get<I>(children_).emplace(where, fan_, static_cast<unsigned>(I),
                                    std::move(std::get<I>(tasks_)), site_),
     ...);
    if constexpr (sizeof...(I) > 0) {
      if (&where == &here && !here.is_loop()) {
        // Fork-join: the later ones may be stolen; this thread goes on with the first.
        constexpr std::size_t last = sizeof...(I) - 1;
        ((I < last ? here.schedule_fork(*std::get<last - I>(children_)) : void()), ...);
        return fan_.park(h) ? transfer(std::get<0>(children_)->begin_here()) : transfer(h);
      }
      // Elsewhere a child may end before the next is queued, but the frame goes on only after the
      // last arrival, and that comes after the last start: nothing here is touched after the park.
      (where.schedule(*std::get<I>(children_)), ...);
      if (!fan_.park(h)) return transfer(h);
    }
    return std::noop_coroutine();
  }

  fan_scope& fan_;
  scheduler* on_;
  std::source_location site_;
  std::tuple<task<Ts>...> tasks_;
  std::tuple<std::optional<fan_child<Ts>>...> children_;
};

/// The same for any number of tasks of one type.
template <class T>
class fan_vector_awaiter : public native_awaiter {
 public:
  fan_vector_awaiter(fan_scope& f, std::source_location site, std::vector<task<T>>&& tasks)
      : fan_(f),
        site_(site),
        tasks_(std::move(tasks)),
        children_(std::make_unique<std::optional<fan_child<T>>[]>(tasks_.size())) {}
  fan_vector_awaiter(const fan_vector_awaiter&) = delete;
  fan_vector_awaiter& operator=(const fan_vector_awaiter&) = delete;

  bool await_ready() const noexcept { return tasks_.empty(); }
  template <std::derived_from<promise_base> Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> h) noexcept {
    scheduler& here = *fan_.owner_cell().where;
    const std::size_t n = tasks_.size();
    fan_.expect(static_cast<unsigned>(n));
    for (std::size_t i = 0; i < n; ++i)
      children_[i].emplace(here, fan_, static_cast<unsigned>(i), std::move(tasks_[i]), site_);
    if (!here.is_loop()) {
      for (std::size_t i = n - 1; i > 0; --i) here.schedule_fork(*children_[i]);
      return fan_.park(h) ? transfer(children_[0]->begin_here()) : transfer(h);
    }
    for (std::size_t i = 0; i < n; ++i) here.schedule(*children_[i]);
    if (!fan_.park(h)) return transfer(h);
    return std::noop_coroutine();
  }
  void await_resume() const noexcept {}
  std::size_t size() const noexcept { return tasks_.size(); }
  outcome<T>& result(std::size_t i) noexcept { return children_[i]->result; }

 private:
  fan_scope& fan_;
  std::source_location site_;
  std::vector<task<T>> tasks_;
  std::unique_ptr<std::optional<fan_child<T>>[]> children_;
};

}  // namespace tutti::detail
