/// \file
/// `std::invoke` without `<functional>`, which would add a tenth to what including tutti costs.
#pragma once

#include <type_traits>
#include <utility>

#include <tutti/base/config.hpp>

namespace tutti::detail {

/// The object a pointer to member of C is applied to: itself, what a reference wrapper holds, or
/// what a pointer points to.
template <class C, class Object>
constexpr decltype(auto) member_object(Object&& object) noexcept {
  if constexpr (std::is_base_of_v<C, std::remove_cvref_t<Object>>) {
    return std::forward<Object>(object);
  } else if constexpr (requires { static_cast<const C&>(object.get()); }) {
    if constexpr (requires { *object; }) {
      return *std::forward<Object>(object);  // a smart pointer has a get() as well
    } else {
      return object.get();
    }
  } else {
    return *std::forward<Object>(object);
  }
}

template <class C, class Member, class Object, class... Args>
TUTTI_CORO_WRAPPER constexpr decltype(auto) invoke_member(Member C::* member, Object&& object,
                                                          Args&&... args) {
  if constexpr (std::is_function_v<Member>) {
    return (member_object<C>(std::forward<Object>(object)).*member)(std::forward<Args>(args)...);
  } else {
    return (member_object<C>(std::forward<Object>(object)).*member);
  }
}

template <class F>
struct is_reference_wrapper : std::false_type {};
template <class F>
struct is_reference_wrapper<std::reference_wrapper<F>> : std::true_type {};  // see <type_traits>

/// Calls f with args; f may be a pointer to a member, whose object is then the first of args.
/// Give arguments and callables that `std::is_invocable` accepts.
template <class F, class... Args>
TUTTI_CORO_WRAPPER constexpr std::invoke_result_t<F, Args...> invoke(F&& f, Args&&... args) {
  if constexpr (std::is_member_pointer_v<std::decay_t<F>>) {
    return invoke_member(f, std::forward<Args>(args)...);
  } else if constexpr (is_reference_wrapper<std::remove_cvref_t<F>>::value) {
    return detail::invoke(f.get(), std::forward<Args>(args)...);
  } else {
    return std::forward<F>(f)(std::forward<Args>(args)...);
  }
}

}  // namespace tutti::detail
