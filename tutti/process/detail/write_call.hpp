/// \file
/// The typed half of sending a call: from a callable and arguments to the bytes and numbers of a
/// pool_call.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include <tutti/base/function.hpp>
#include <tutti/process/detail/modules.hpp>
#include <tutti/process/detail/pool_call.hpp>
#include <tutti/wire/call.hpp>

namespace tutti::detail {

/// Takes memory for long arguments; where from is up to the pool or process.
using argument_memory = function_ref<std::span<std::byte>(pool_call&, std::size_t)>;

/// Writes arguments into the call's own room or, if they are longer, into memory it asks for.
void write_arguments(pool_call& call, argument_memory memory,
                     function_ref<void(wire::byte_writer&)> write);

/// An argument on its way: an lvalue that has the right type already is read where it is, anything
/// else is converted (or moved) first.
template <class Stored, class A>
using held_argument = std::conditional_t<std::is_lvalue_reference_v<A> &&
                                             std::is_same_v<std::remove_cvref_t<A>, Stored>,
                                         const Stored&, Stored>;

template <class F>
void write_callable(pool_call& call, const F& f, const void* entry, std::string_view type_name) {
  call.entry = function_id_of(entry);
  call.type_name = type_name;
  if constexpr (wire::detail::is_function_pointer<F>) {
    call.code = reinterpret_cast<const void*>(f);
    call.target = function_id_of(call.code);
  }
}

template <class Call, class F, class... A>
void write_call(pool_call& call, argument_memory memory, const F& f, A&&... args) {
  write_callable(call, f, reinterpret_cast<const void*>(&Call::run), Call::name());
  [&]<class... Stored>(std::type_identity<std::tuple<Stored...>>) {
    static_assert((std::is_convertible_v<A&&, Stored> && ...),
                  "tutti: an argument does not convert to the function's parameter type");
    const std::tuple<held_argument<Stored, A&&>...> values{std::forward<A>(args)...};
    write_arguments(call, memory, [&](wire::byte_writer& out) {
      std::apply([&](const auto&... value) { (wire::encode<Stored>(out, value), ...); }, values);
    });
  }(std::type_identity<typename Call::arguments>{});
}

}  // namespace tutti::detail
