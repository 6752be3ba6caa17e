/// \file
/// One callable for many calls: referred to where it has a state, copied where it has none.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <tutti/base/invoke.hpp>

namespace tutti::detail {

/// Calls a handler that lies elsewhere.
template <class F>
class shared_handler {
 public:
  explicit shared_handler(F& f) noexcept : f_(&f) {}
  template <class... Args>
    requires std::invocable<F&, Args...>
  TUTTI_CORO_WRAPPER std::invoke_result_t<F&, Args...> operator()(Args&&... args) const {
    return detail::invoke(*f_, std::forward<Args>(args)...);
  }

 private:
  F* f_;
};

/// What to hand to an executor for one of many calls of `f`, which outlives them all. Another
/// process takes functions and empty callables only, so those go as they are.
template <class F>
auto for_one_call(F& f) {
  if constexpr (std::is_empty_v<F> || !std::is_class_v<F>) {
    return f;
  } else {
    return shared_handler<F>(f);
  }
}

}  // namespace tutti::detail
