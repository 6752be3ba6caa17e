/// \file
/// The cell behind `submit`: a plain callable whose result goes to a future.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tutti/base/invoke.hpp>
#include <tutti/core/detail/stop_record.hpp>
#include <tutti/core/spawned.hpp>

namespace tutti::detail {

/// Does `std::jthread` pass a stop_token to this callable?
template <class F, class... Args>
inline constexpr bool takes_stop_token =
    std::is_invocable_v<std::decay_t<F>, std::stop_token, std::decay_t<Args>...>;

template <class F, class... Args>
struct call_result {};
template <class F, class... Args>
  requires(!takes_stop_token<F, Args...> &&
           std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>)
struct call_result<F, Args...> {
  using type = std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>;
};
template <class F, class... Args>
  requires takes_stop_token<F, Args...>
struct call_result<F, Args...> {
  using type = std::invoke_result_t<std::decay_t<F>, std::stop_token, std::decay_t<Args>...>;
};
/// What calling `f(args...)` (with a stop_token first where it takes one) returns.
template <class F, class... Args>
using call_result_t = typename call_result<F, Args...>::type;

/// The same, and `T` for a callable that returns task<T>: what submit's future holds.
template <class F, class... Args>
using work_result_t = std::remove_cvref_t<typename unwrap_task<call_result_t<F, Args...>>::type>;

template <class F, class... Args>
class call_task final : public future_cell<std::remove_cvref_t<call_result_t<F, Args...>>> {
  using result = std::remove_cvref_t<call_result_t<F, Args...>>;

 public:
  template <class G, class... As>
  call_task(scheduler& on, cancel_node* parent, child_group* group, std::source_location site,
            G&& f, As&&... args)
      : future_cell<result>(on, parent, group, site),
        call_(std::in_place, std::forward<G>(f), std::forward<As>(args)...) {
    this->is_coroutine = false;
    this->listens_ = takes_stop_token<F, Args...>;
  }

 private:
  void start() noexcept override {
    outcome<result> o = invoke();
    discard();
    this->end(std::move(o));
    this->release();
  }
  outcome<result> invoke() noexcept try {
    outcome<result> o;
    const auto call = [](call_task& self, std::decay_t<F>& f,
                         std::decay_t<Args>&... args) -> decltype(auto) {
      if constexpr (takes_stop_token<F, Args...>) {
        return detail::invoke(std::move(f), stop_record::of(self), std::move(args)...);
      } else {
        (void)self;
        return detail::invoke(std::move(f), std::move(args)...);
      }
    };
    const auto apply = [&](auto&... parts) -> decltype(auto) { return call(*this, parts...); };
    if constexpr (std::is_void_v<result>) {
      std::apply(apply, *call_);
      o.emplace();
    } else {
      o.emplace(std::apply(apply, *call_));
    }
    return o;
  } catch (...) {
    return outcome<result>::failure(std::current_exception());
  }
  std::coroutine_handle<> body_done() noexcept override { return std::noop_coroutine(); }
  void discard() noexcept override { call_.reset(); }

  std::optional<std::tuple<std::decay_t<F>, std::decay_t<Args>...>> call_;
};

/// Starts a plain callable as work of its own.
template <class F, class... Args>
future<work_result_t<F, Args...>> start_call(scheduler& on, cancel_node* parent, child_group* group,
                                             task_options options, std::source_location site,
                                             bool unowned, F&& f, Args&&... args) {
  using result = work_result_t<F, Args...>;
  if constexpr (is_task<std::remove_cvref_t<call_result_t<F, Args...>>>::value) {
    return start_task<result>(on, parent, group, false,
                              call_coroutine<std::decay_t<F>, std::decay_t<Args>...>(
                                  std::forward<F>(f), std::forward<Args>(args)...),
                              options, site, unowned);
  } else {
    context_ref context = context_of_start(options);
    auto cell = std::make_unique<call_task<std::decay_t<F>, std::decay_t<Args>...>>(
        on, parent, group, site, std::forward<F>(f), std::forward<Args>(args)...);
    return launch<result>(*cell.release(), std::move(context), unowned);
  }
}

}  // namespace tutti::detail
