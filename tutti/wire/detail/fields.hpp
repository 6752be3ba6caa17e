/// \file
/// The members of a plain aggregate, counted and visited through structured bindings: no line in
/// the user's type. Method: as in the C++ folklore that Boost.PFR made known; ours counts array
/// members by nesting braces.
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tutti::wire::detail {

/// Converts to anything but the aggregate itself: an initialiser for a member of unknown type.
template <class Owner>
struct anything {
  template <class U>
    requires(!std::is_same_v<std::remove_cvref_t<U>, Owner>)
  operator U() const noexcept {
    __builtin_unreachable();  // only ever looked at by the compiler
  }
};
/// Converts only to base classes of the aggregate.
template <class Owner>
struct any_base {
  template <class U>
    requires(std::is_base_of_v<U, Owner> && !std::is_same_v<U, Owner>)
  operator U() const noexcept {
    __builtin_unreachable();  // only ever looked at by the compiler
  }
};

template <class T, std::size_t>
using repeat = anything<T>;

template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { T{repeat<T, I>{}...}; };
}
template <class T, std::size_t... Before, std::size_t... Inside, std::size_t... After>
constexpr bool takes_nested(std::index_sequence<Before...>, std::index_sequence<Inside...>,
                            std::index_sequence<After...>) {
  return requires { T{repeat<T, Before>{}..., {repeat<T, Inside>{}...}, repeat<T, After>{}...}; };
}

inline constexpr std::size_t fields_max = 64;
inline constexpr std::size_t initialisers_max = 129;

/// The greatest number of initialisers T takes; arrays count once per element.
template <class T, std::size_t N = 0, bool Found = false>
constexpr std::size_t initialisers() {
  constexpr bool ok = takes<T>(std::make_index_sequence<N>{});
  if constexpr (Found && !ok) {
    return N - 1;
  } else if constexpr (N >= initialisers_max) {
    return 0;  // an array too long to count: only a block copy can carry it
  } else {
    return initialisers<T, N + 1, ok>();
  }
}

/// How many initialisers the member takes that begins with the one at `At`: 1, or the length of an
/// array.
template <class T, std::size_t Total, std::size_t At, std::size_t N = 2>
constexpr std::size_t extent_at() {
  if constexpr (At + N > Total) {
    return 1;
  } else if constexpr (takes_nested<T>(std::make_index_sequence<At>{},
                                       std::make_index_sequence<N>{},
                                       std::make_index_sequence<Total - At - N>{}) &&
                       !takes_nested<T>(std::make_index_sequence<At>{},
                                        std::make_index_sequence<N>{},
                                        std::make_index_sequence<Total - At - N + 1>{})) {
    return N;
  } else {
    return extent_at<T, Total, At, N + 1>();
  }
}

template <class T, std::size_t Total, std::size_t At = 0, std::size_t Count = 0>
constexpr std::size_t fold_arrays() {
  if constexpr (At >= Total) {
    return Count;
  } else {
    return fold_arrays<T, Total, At + extent_at<T, Total, At>(), Count + 1>();
  }
}

template <class T>
inline constexpr bool has_base = !std::is_empty_v<T> && requires { T{any_base<T>{}}; };

/// Number of members; fields_max + 1 stands for "too many or not countable".
template <class T>
constexpr std::size_t count_fields() {
  if constexpr (std::is_empty_v<T>) {
    return 0;
  } else if constexpr (has_base<T>) {
    return fields_max + 1;
  } else {
    constexpr std::size_t total = initialisers<T>();
    constexpr std::size_t folded = fold_arrays<T, total>();
    return total == 0 || folded > fields_max ? fields_max + 1 : folded;
  }
}
template <class T>
inline constexpr std::size_t field_count = count_fields<std::remove_cv_t<T>>();

#define TUTTI_F1 f1
#define TUTTI_F2 TUTTI_F1, f2
#define TUTTI_F3 TUTTI_F2, f3
#define TUTTI_F4 TUTTI_F3, f4
#define TUTTI_F5 TUTTI_F4, f5
#define TUTTI_F6 TUTTI_F5, f6
#define TUTTI_F7 TUTTI_F6, f7
#define TUTTI_F8 TUTTI_F7, f8
#define TUTTI_F9 TUTTI_F8, f9
#define TUTTI_F10 TUTTI_F9, f10
#define TUTTI_F11 TUTTI_F10, f11
#define TUTTI_F12 TUTTI_F11, f12
#define TUTTI_F13 TUTTI_F12, f13
#define TUTTI_F14 TUTTI_F13, f14
#define TUTTI_F15 TUTTI_F14, f15
#define TUTTI_F16 TUTTI_F15, f16
#define TUTTI_F17 TUTTI_F16, f17
#define TUTTI_F18 TUTTI_F17, f18
#define TUTTI_F19 TUTTI_F18, f19
#define TUTTI_F20 TUTTI_F19, f20
#define TUTTI_F21 TUTTI_F20, f21
#define TUTTI_F22 TUTTI_F21, f22
#define TUTTI_F23 TUTTI_F22, f23
#define TUTTI_F24 TUTTI_F23, f24
#define TUTTI_F25 TUTTI_F24, f25
#define TUTTI_F26 TUTTI_F25, f26
#define TUTTI_F27 TUTTI_F26, f27
#define TUTTI_F28 TUTTI_F27, f28
#define TUTTI_F29 TUTTI_F28, f29
#define TUTTI_F30 TUTTI_F29, f30
#define TUTTI_F31 TUTTI_F30, f31
#define TUTTI_F32 TUTTI_F31, f32
#define TUTTI_F33 TUTTI_F32, f33
#define TUTTI_F34 TUTTI_F33, f34
#define TUTTI_F35 TUTTI_F34, f35
#define TUTTI_F36 TUTTI_F35, f36
#define TUTTI_F37 TUTTI_F36, f37
#define TUTTI_F38 TUTTI_F37, f38
#define TUTTI_F39 TUTTI_F38, f39
#define TUTTI_F40 TUTTI_F39, f40
#define TUTTI_F41 TUTTI_F40, f41
#define TUTTI_F42 TUTTI_F41, f42
#define TUTTI_F43 TUTTI_F42, f43
#define TUTTI_F44 TUTTI_F43, f44
#define TUTTI_F45 TUTTI_F44, f45
#define TUTTI_F46 TUTTI_F45, f46
#define TUTTI_F47 TUTTI_F46, f47
#define TUTTI_F48 TUTTI_F47, f48
#define TUTTI_F49 TUTTI_F48, f49
#define TUTTI_F50 TUTTI_F49, f50
#define TUTTI_F51 TUTTI_F50, f51
#define TUTTI_F52 TUTTI_F51, f52
#define TUTTI_F53 TUTTI_F52, f53
#define TUTTI_F54 TUTTI_F53, f54
#define TUTTI_F55 TUTTI_F54, f55
#define TUTTI_F56 TUTTI_F55, f56
#define TUTTI_F57 TUTTI_F56, f57
#define TUTTI_F58 TUTTI_F57, f58
#define TUTTI_F59 TUTTI_F58, f59
#define TUTTI_F60 TUTTI_F59, f60
#define TUTTI_F61 TUTTI_F60, f61
#define TUTTI_F62 TUTTI_F61, f62
#define TUTTI_F63 TUTTI_F62, f63
#define TUTTI_F64 TUTTI_F63, f64
#define TUTTI_FIELDS(n)                      \
  if constexpr (N == n) {                    \
    auto&& [TUTTI_F##n] = value;             \
    return std::forward<Fn>(fn)(TUTTI_F##n); \
  } else

/// Calls fn(member...) with every member as an lvalue (bit-fields only through const references).
template <class T, class Fn>
constexpr decltype(auto) visit_fields(T& value, Fn&& fn) {
  constexpr std::size_t N = field_count<T>;
  static_assert(
      N <= fields_max,
      "tutti: the members of this aggregate cannot be walked; give it a serialize member");
  // clang-format off
  TUTTI_FIELDS(1) TUTTI_FIELDS(2) TUTTI_FIELDS(3) TUTTI_FIELDS(4)
  TUTTI_FIELDS(5) TUTTI_FIELDS(6) TUTTI_FIELDS(7) TUTTI_FIELDS(8)
  TUTTI_FIELDS(9) TUTTI_FIELDS(10) TUTTI_FIELDS(11) TUTTI_FIELDS(12)
  TUTTI_FIELDS(13) TUTTI_FIELDS(14) TUTTI_FIELDS(15) TUTTI_FIELDS(16)
  TUTTI_FIELDS(17) TUTTI_FIELDS(18) TUTTI_FIELDS(19) TUTTI_FIELDS(20)
  TUTTI_FIELDS(21) TUTTI_FIELDS(22) TUTTI_FIELDS(23) TUTTI_FIELDS(24)
  TUTTI_FIELDS(25) TUTTI_FIELDS(26) TUTTI_FIELDS(27) TUTTI_FIELDS(28)
  TUTTI_FIELDS(29) TUTTI_FIELDS(30) TUTTI_FIELDS(31) TUTTI_FIELDS(32)
  TUTTI_FIELDS(33) TUTTI_FIELDS(34) TUTTI_FIELDS(35) TUTTI_FIELDS(36)
  TUTTI_FIELDS(37) TUTTI_FIELDS(38) TUTTI_FIELDS(39) TUTTI_FIELDS(40)
  TUTTI_FIELDS(41) TUTTI_FIELDS(42) TUTTI_FIELDS(43) TUTTI_FIELDS(44)
  TUTTI_FIELDS(45) TUTTI_FIELDS(46) TUTTI_FIELDS(47) TUTTI_FIELDS(48)
  TUTTI_FIELDS(49) TUTTI_FIELDS(50) TUTTI_FIELDS(51) TUTTI_FIELDS(52)
  TUTTI_FIELDS(53) TUTTI_FIELDS(54) TUTTI_FIELDS(55) TUTTI_FIELDS(56)
  TUTTI_FIELDS(57) TUTTI_FIELDS(58) TUTTI_FIELDS(59) TUTTI_FIELDS(60)
  TUTTI_FIELDS(61) TUTTI_FIELDS(62) TUTTI_FIELDS(63) TUTTI_FIELDS(64)
  return std::forward<Fn>(fn)();
  // clang-format on
}

#undef TUTTI_FIELDS
#undef TUTTI_F1
#undef TUTTI_F2
#undef TUTTI_F3
#undef TUTTI_F4
#undef TUTTI_F5
#undef TUTTI_F6
#undef TUTTI_F7
#undef TUTTI_F8
#undef TUTTI_F9
#undef TUTTI_F10
#undef TUTTI_F11
#undef TUTTI_F12
#undef TUTTI_F13
#undef TUTTI_F14
#undef TUTTI_F15
#undef TUTTI_F16
#undef TUTTI_F17
#undef TUTTI_F18
#undef TUTTI_F19
#undef TUTTI_F20
#undef TUTTI_F21
#undef TUTTI_F22
#undef TUTTI_F23
#undef TUTTI_F24
#undef TUTTI_F25
#undef TUTTI_F26
#undef TUTTI_F27
#undef TUTTI_F28
#undef TUTTI_F29
#undef TUTTI_F30
#undef TUTTI_F31
#undef TUTTI_F32
#undef TUTTI_F33
#undef TUTTI_F34
#undef TUTTI_F35
#undef TUTTI_F36
#undef TUTTI_F37
#undef TUTTI_F38
#undef TUTTI_F39
#undef TUTTI_F40
#undef TUTTI_F41
#undef TUTTI_F42
#undef TUTTI_F43
#undef TUTTI_F44
#undef TUTTI_F45
#undef TUTTI_F46
#undef TUTTI_F47
#undef TUTTI_F48
#undef TUTTI_F49
#undef TUTTI_F50
#undef TUTTI_F51
#undef TUTTI_F52
#undef TUTTI_F53
#undef TUTTI_F54
#undef TUTTI_F55
#undef TUTTI_F56
#undef TUTTI_F57
#undef TUTTI_F58
#undef TUTTI_F59
#undef TUTTI_F60
#undef TUTTI_F61
#undef TUTTI_F62
#undef TUTTI_F63
#undef TUTTI_F64

template <class... T>
struct type_list {};

struct list_types {
  template <class... T>
  constexpr type_list<std::remove_cv_t<T>...> operator()(const T&...) const {
    return {};
  }
};

/// type_list of the member types.
template <class T>
using field_types = decltype(visit_fields(std::declval<const T&>(), list_types{}));

}  // namespace tutti::wire::detail
