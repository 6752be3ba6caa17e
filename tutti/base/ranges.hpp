/// \file
/// What the interfaces need of ranges: concepts, element types, begin and end.
#pragma once

#include <initializer_list>
#include <iterator>
#include <type_traits>
#include <utility>

// libstdc++ has these in a file of their own, which <string_view> includes as well; <ranges> adds
// the views, and those every consumer would pay for (tool/compile_cost.py).
#if __has_include(<bits/ranges_base.h>)
#include <bits/ranges_base.h>
#else
#include <ranges>
#endif

namespace tutti::detail {

/// Refers to a range that its owner keeps.
template <class R>
class range_ref {
 public:
  explicit range_ref(R& r) noexcept : range_(&r) {}
  auto begin() const { return std::ranges::begin(*range_); }
  auto end() const { return std::ranges::end(*range_); }
  auto size() const
    requires std::ranges::sized_range<R>
  {
    return std::ranges::size(*range_);
  }

 private:
  R* range_;
};

/// A range as work that goes on keeps it: a view or a temporary by value, an object by reference.
template <class R>
using kept_range = std::conditional_t<
    std::is_lvalue_reference_v<R> && !std::ranges::view<std::remove_cvref_t<R>>,
    range_ref<std::remove_reference_t<R>>, std::remove_cvref_t<R>>;

template <class R>
kept_range<R> keep_range(R&& r) {
  return kept_range<R>(std::forward<R>(r));
}

/// The order of `<`.
struct ascending {
  template <class A, class B>
  constexpr bool operator()(const A& a, const B& b) const {
    return static_cast<bool>(a < b);
  }
};

}  // namespace tutti::detail
