/// \file
/// What can be awaited, and what awaiting it gives.
#pragma once

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>
#include <variant>

#include <tutti/base/config.hpp>

namespace tutti {
namespace detail {

template <class A>
concept awaiter = requires(A& a, std::coroutine_handle<> h) {
  { a.await_ready() } -> std::convertible_to<bool>;
  a.await_suspend(h);
  a.await_resume();
};
template <class A>
concept has_member_await = requires { std::declval<A>().operator co_await(); };
template <class A>
concept has_free_await = requires { operator co_await(std::declval<A>()); };

template <class A>
decltype(auto) get_awaiter(A&& a) {
  if constexpr (has_member_await<A>) {
    return std::forward<A>(a).operator co_await();
  } else if constexpr (has_free_await<A>) {
    return operator co_await(std::forward<A>(a));
  } else {
    return std::forward<A>(a);
  }
}

/// Marks our own awaiters: they park by the rules and need no bridge. They are templates on the
/// promise type, which the concept above cannot see, so the mark also makes them awaiters.
struct native_awaiter {};
template <class A>
concept native = std::derived_from<std::remove_cvref_t<A>, native_awaiter>;

template <class A>
struct awaiter_of {
  using type = decltype(get_awaiter(std::declval<A>()));
};

template <class A>
concept awaitable_impl =
    has_member_await<A> || has_free_await<A> || awaiter<std::remove_reference_t<A>> || native<A>;

}  // namespace detail

/// A task or future as an rvalue, a shared_future, or any type with `operator co_await` or an
/// awaiter's three functions.
template <class A>
concept awaitable = detail::awaitable_impl<A&&>;

/// What `co_await std::declval<A>()` gives.
template <awaitable A>
using await_result_t = std::remove_cvref_t<
    decltype(std::declval<typename detail::awaiter_of<A&&>::type&>().await_resume())>;

namespace detail {

/// void becomes std::monostate where a value is needed.
template <class T>
using regular = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// g++ 12 destroys the captures of a temporary closure twice when the call it is passed to is
/// awaited.
template <class F>
concept dangerous_closure =
    (TUTTI_CLOSURE_BUG == 1) && std::is_class_v<std::remove_reference_t<F>> &&
    !std::is_reference_v<F> && !std::is_trivially_destructible_v<std::remove_reference_t<F>>;

#define TUTTI_REFUSE_CLOSURE(F)                                                                    \
  static_assert(!::tutti::detail::dangerous_closure<F>,                                            \
                "this compiler (g++ 12) destroys what a temporary lambda captures by value twice " \
                "when the call is awaited: pass the values as arguments after the function, or "   \
                "name the lambda and pass it by its name")

}  // namespace detail
}  // namespace tutti
