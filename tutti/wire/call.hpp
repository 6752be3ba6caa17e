/// \file
/// A function call as bytes: which callables may be sent, what their arguments become, and the one
/// piece of code per callable that undoes it on the other side.
#pragma once

#include <cstddef>
#include <exception>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tutti/wire/archive.hpp>
#include <tutti/wire/runner.hpp>

namespace tutti::wire {

namespace detail {

template <class... P>
struct parameter_list {
  using stored = std::tuple<std::remove_cvref_t<P>...>;
  static constexpr std::size_t count = sizeof...(P);
  static constexpr bool writes_back =
      ((std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>) || ...);
};
struct unknown_parameters {
  static constexpr std::size_t count = static_cast<std::size_t>(-1);
  static constexpr bool writes_back = false;
};

template <class F>
struct parameters_of_member : std::type_identity<unknown_parameters> {};
template <class R, class C, class... P>
struct parameters_of_member<R (C::*)(P...)> : std::type_identity<parameter_list<P...>> {};
template <class R, class C, class... P>
struct parameters_of_member<R (C::*)(P...) const> : std::type_identity<parameter_list<P...>> {};
template <class R, class C, class... P>
struct parameters_of_member<R (C::*)(P...) noexcept> : std::type_identity<parameter_list<P...>> {};
template <class R, class C, class... P>
struct parameters_of_member<R (C::*)(P...) const noexcept>
    : std::type_identity<parameter_list<P...>> {};

/// The parameters as written, where there is one way to read them.
template <class F>
struct parameters : std::type_identity<unknown_parameters> {};
template <class R, class... P>
struct parameters<R (*)(P...)> : std::type_identity<parameter_list<P...>> {};
template <class R, class... P>
struct parameters<R (*)(P...) noexcept> : std::type_identity<parameter_list<P...>> {};
template <class F>
  requires requires { &F::operator(); }
struct parameters<F> : parameters_of_member<decltype(&F::operator())> {};

template <class F>
inline constexpr bool is_function_pointer =
    std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>;
template <class F>
inline constexpr bool may_be_called =
    is_function_pointer<F> || (std::is_empty_v<F> && std::is_class_v<F>);

template <class Parameters, class... A>
struct stored_arguments : std::type_identity<std::tuple<std::decay_t<A>...>> {};
template <class... P, class... A>
  requires(sizeof...(P) == sizeof...(A))
struct stored_arguments<parameter_list<P...>, A...>
    : std::type_identity<std::tuple<std::remove_cvref_t<P>...>> {};

template <class F, class Arguments>
struct result_of;
template <class F, class... A>
struct result_of<F, std::tuple<A...>> {
  static constexpr bool fits = std::is_invocable_v<F&, A...>;
};
template <class F, class... A>
  requires std::is_invocable_v<F&, A...>
struct result_of<F, std::tuple<A...>> {
  static constexpr bool fits = true;
  using type = std::invoke_result_t<F&, A...>;
};

/// The type as the compiler spells it: what a closure is called in messages.
template <class F>
constexpr std::string_view spelled() {
  std::string_view text = __PRETTY_FUNCTION__;
  const std::size_t from = text.find("F = ") + 4;
  return text.substr(from, text.find_first_of(";]", from) - from);
}

template <class... A>
constexpr void require_all_cross(std::type_identity<std::tuple<A...>>) {
  (require_crossing<A>(), ...);
}

}  // namespace detail

/// Everything there is to know about calling an `F` with `A...` elsewhere. `F` is decayed already.
///
/// Arguments are converted to the parameter types first (`"text"` becomes a `std::string`), so what
/// travels is what the function takes.
template <class F, class... A>
struct remote_call {
  static_assert(detail::may_be_called<F>,
                "tutti: only a function or a callable that captures nothing can run in another "
                "process: pass what it "
                "captures as arguments, submit([](int x) {...}, x)");
  using parameters = typename detail::parameters<F>::type;
  static_assert(!parameters::writes_back,
                "tutti: a parameter that is a non-const reference would be changed in the other "
                "process only: take a "
                "value and return the result");
  using arguments = typename detail::stored_arguments<parameters, A...>::type;
  // Before the call is looked at: what cannot cross can often not be moved either.
  static_assert((detail::require_all_cross(std::type_identity<arguments>{}), true));
  static_assert(detail::result_of<F, arguments>::fits,
                "tutti: the function cannot be called with these arguments (they arrive as values "
                "of its parameter "
                "types)");
  using result = typename detail::result_of<F, arguments>::type;

  static constexpr bool check_result() {
    if constexpr (!std::is_void_v<result>) require_crossing<result>();
    return true;
  }
  static_assert(check_result());

  /// `arguments` as bytes.
  static void encode_arguments(byte_writer& out, const void* values) {
    std::apply([&](const auto&... value) { (encode(out, value), ...); },
               *static_cast<const arguments*>(values));
  }
  static void encode_result(byte_writer& out, const void* value) {
    if constexpr (!std::is_void_v<result>)
      encode(out, *static_cast<const std::remove_cv_t<result>*>(value));
  }
  /// Runs in the other process: bytes to arguments, the call, the result to bytes.
  static void run(const void* target, byte_reader& in, reply& out) {
    arguments values = take(in, std::make_index_sequence<std::tuple_size_v<arguments>>{});
    out.decoded();
    if constexpr (detail::is_function_pointer<F>) {
      invoke(reinterpret_cast<F>(const_cast<void*>(target)), std::move(values), out);
    } else {
      static_assert(std::is_default_constructible_v<F>,
                    "tutti: a callable sent to another process is made anew there: it must be "
                    "default constructible");
      invoke(F{}, std::move(values), out);
    }
  }
  /// What the callable is called where there is no symbol: its type.
  static constexpr std::string_view name() { return detail::spelled<F>(); }

 private:
  template <std::size_t... I>
  static arguments take(byte_reader& in, std::index_sequence<I...>) {
    return arguments{decode<std::tuple_element_t<I, arguments>>(in)...};  // in order: braces
  }
  template <class Fn>
  static void invoke(Fn&& fn, arguments&& values, reply& out) {
    if constexpr (std::is_void_v<result>) {
      std::apply(fn, std::move(values));
      out.value(&encode_result, nullptr);
    } else {
      const std::remove_cv_t<result> value = std::apply(fn, std::move(values));
      out.value(&encode_result, &value);
    }
  }
};

}  // namespace tutti::wire
