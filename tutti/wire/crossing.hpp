/// \file
/// What may cross to another process, decided when the program is compiled, and said in a sentence
/// when it may not.
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tutti/wire/bytes.hpp>
#include <tutti/wire/detail/fields.hpp>

namespace tutti::wire {

/// The customisation point: how a type crosses that the archive does not know, or knows wrongly.
/// ```
/// template <> struct tutti::wire::crossing<my::image> {
///   static void encode(tutti::wire::byte_writer& out, const my::image& v);
///   static my::image decode(tutti::wire::byte_reader& in);
/// };
/// ```
/// Shared-memory handles use it: `out.keep()` holds the memory until the other side has it.
template <class T>
struct crossing;

namespace detail {

template <class T>
concept customised = requires(byte_writer& out, byte_reader& in, const T& v) {
  crossing<T>::encode(out, v);
  { crossing<T>::decode(in) } -> std::same_as<T>;
};

struct output_archive;
struct input_archive;

template <class T>
concept member_serialize = requires(T& v, output_archive& out) { v.serialize(out); };
template <class T>
concept member_save_load = requires(const T& c, T& v, output_archive& out, input_archive& in) {
  c.save(out);
  v.load(in);
};
template <class T>
concept free_serialize =
    std::is_class_v<T> && requires(T& v, output_archive& out) { serialize(out, v); };
template <class T>
concept free_save_load =
    std::is_class_v<T> && requires(const T& c, T& v, output_archive& out, input_archive& in) {
      save(out, c);
      load(in, v);
    };
/// Types written for cereal: `serialize(ar)`, or `save(ar) const` with `load(ar)`, as members or
/// beside the type.
template <class T>
concept serializable =
    member_serialize<T> || member_save_load<T> || free_serialize<T> || free_save_load<T>;

template <class T>
concept range_like = requires(T& v) {
  v.begin();
  v.end();
  typename T::value_type;
};
template <class T>
concept path_like = requires(const T& v) {
  typename T::string_type;
  T::preferred_separator;
  v.native();
};
template <class T>
concept appendable = range_like<T> && std::is_default_constructible_v<T> &&
                     requires(T& v, typename T::value_type&& e) { v.push_back(std::move(e)); };
template <class T>
concept insertable =
    range_like<T> && std::is_default_constructible_v<T> && requires { typename T::key_type; };
template <class T>
concept front_list =
    range_like<T> && std::is_default_constructible_v<T> &&
    requires(T& v, typename T::value_type&& e) { v.insert_after(v.before_begin(), std::move(e)); };
template <class T>
concept sequence = appendable<T> || insertable<T> || front_list<T>;
template <class T>
concept adaptor = !range_like<T> && std::is_default_constructible_v<T> && requires(T& v) {
  typename T::container_type;
  v.pop();
  v.push(std::declval<typename T::value_type>());
};
template <class T>
concept tuple_like = requires { std::tuple_size<T>::value; };

template <class T>
inline constexpr bool is_optional = false;
template <class T>
  requires requires(T& v) {
    v.has_value();
    v.reset();
    v.emplace(std::declval<typename T::value_type>());
    *v;
  }
inline constexpr bool is_optional<T> = true;
/// std::expected and its relatives.
template <class T>
concept expected_like = requires(const T& v) {
  typename T::value_type;
  typename T::error_type;
  typename T::unexpected_type;
  v.has_value();
  v.error();
};

template <class T>
inline constexpr bool is_variant = false;
template <template <class...> class V, class... A>
  requires(requires(const V<A...>& v) {
            v.index();
            v.valueless_by_exception();
          })
inline constexpr bool is_variant<V<A...>> = true;

template <class T>
inline constexpr bool is_unique_ptr = false;
template <class T>
inline constexpr bool is_unique_ptr<std::unique_ptr<T>> = !std::is_array_v<T>;

/// Compilers spell the type of a lambda; it may never travel with captures, since references look
/// like plain bytes.
template <class T>
constexpr bool is_lambda() {
  const std::string_view text = __PRETTY_FUNCTION__;
  return std::is_class_v<T> &&
         (text.find("= (lambda at") != text.npos || text.find("<lambda(") != text.npos) &&
         (text.ends_with(")]") || text.ends_with(")>]"));
}

/// Why a type, looked at from outside, may not cross.
enum class refusal {
  none,
  reference,
  pointer,
  member_pointer,
  function,
  view,
  shared_owner,
  deleter,
  iterator,
  lock,
  stream,
  closure,
  lambda,
  base,
  opaque
};

template <class T>
concept view_like = requires(T& v) {
  v.begin();
  v.end();
} && !sequence<T> && !path_like<T>;
template <class T>
concept shared_owner_like = requires(const T& v) {
  typename T::element_type;
  v.use_count();
};
template <class T>
concept lock_like = requires(T& v) {
  v.lock();
  v.unlock();
} || requires(T& v) {
  v.notify_one();
  v.notify_all();
};
template <class T>
concept reference_like = requires(const T& v) {
  typename T::type;
  { v.get() } -> std::same_as<typename T::type&>;
};
template <class T>
concept stream_like = requires(T& v) {
  v.rdbuf();
  v.rdstate();
};
/// std::function, std::packaged_task and others of one signature.
template <class T>
inline constexpr bool holds_any_callable = false;
template <template <class...> class F, class R, class... A>
inline constexpr bool holds_any_callable<F<R(A...)>> = true;
template <class T>
concept handle_like = requires(const T& v) { v.address(); } || requires(T& v) {
  v.native_handle();
} || requires(const T& v) { v.is_lock_free(); } || requires(const T& v) { v.hash_code(); };

/// Never made: compilers print the address of a member of it with the member's name.
template <class T>
struct of {
  T value;
};
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"  // there is none, on purpose
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif
template <class T>
extern const of<T> member;
template <class Owner, std::size_t I>
constexpr auto address_of_member() {
  return visit_fields(const_cast<Owner&>(member<Owner>.value),
                      [](auto&... field) { return std::get<I>(std::make_tuple(&field...)); });
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
template <class Owner, std::size_t I>
concept has_address =
    requires { typename std::bool_constant<(address_of_member<Owner, I>(), true)>; };
/// A reference is all there is to a member that cannot be assigned and has no address of its own.
/// One that is not to a constant cannot even be counted.
template <class T>
constexpr bool has_reference() {
  if constexpr (std::is_move_assignable_v<T> || std::is_empty_v<T>) {
    return false;
  } else if constexpr (field_count<T> > fields_max) {
    return std::is_trivially_copyable_v<T>;
  } else {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return !(has_address<T, I> && ...);
    }(std::make_index_sequence<field_count<T>>{});
  }
}

template <class T>
constexpr refusal look() {
  if constexpr (std::is_reference_v<T>) {
    return refusal::reference;
  } else if constexpr (customised<T>) {
    return refusal::none;
  } else if constexpr (std::is_function_v<T> ||
                       (std::is_pointer_v<T> && std::is_function_v<std::remove_pointer_t<T>>)) {
    return refusal::function;
  } else if constexpr (std::is_pointer_v<T> || std::is_null_pointer_v<T>) {
    return refusal::pointer;
  } else if constexpr (std::is_member_pointer_v<T>) {
    return refusal::member_pointer;
  } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_array_v<T>) {
    return refusal::none;
  } else if constexpr (!std::is_class_v<T> && !std::is_union_v<T>) {
    return refusal::opaque;
  } else if constexpr (serializable<T> || is_unique_ptr<T> || tuple_like<T>) {
    return refusal::none;
  } else if constexpr (view_like<T>) {
    return refusal::view;
  } else if constexpr (reference_like<T>) {
    return refusal::reference;
  } else if constexpr (shared_owner_like<T>) {
    return refusal::shared_owner;
  } else if constexpr (requires { typename T::deleter_type; }) {
    return refusal::deleter;
  } else if constexpr (lock_like<T> || handle_like<T>) {
    return refusal::lock;
  } else if constexpr (path_like<T> || is_optional<T> || expected_like<T> || is_variant<T> ||
                       sequence<T> || adaptor<T>) {
    return refusal::none;
  } else if constexpr (stream_like<T>) {
    return refusal::stream;
  } else if constexpr (holds_any_callable<T>) {
    return refusal::closure;
  } else if constexpr (is_lambda<T>() && !std::is_empty_v<T>) {
    return refusal::lambda;
  } else if constexpr (std::input_or_output_iterator<T>) {
    return refusal::iterator;
  } else if constexpr (std::is_aggregate_v<T>) {
    return has_reference<T>()                                                ? refusal::reference
           : has_base<T> && !std::is_trivially_copyable_v<T>                 ? refusal::base
           : field_count<T> > fields_max && !std::is_trivially_copyable_v<T> ? refusal::opaque
                                                                             : refusal::none;
  } else if constexpr (std::is_trivially_copyable_v<T>) {
    return refusal::none;
  } else {
    return refusal::opaque;
  }
}

/// An aggregate the archive takes apart itself.
template <class T>
concept walked =
    std::is_aggregate_v<T> && std::is_class_v<T> && !std::is_empty_v<T> && !customised<T> &&
    !serializable<T> && !tuple_like<T> && !range_like<T> && field_count<T> <= fields_max;

template <class T>
constexpr bool is_block();
template <class... T>
constexpr bool all_blocks(type_list<T...>) {
  return (is_block<T>() && ...);
}
/// Copied with memcpy, alone or by the thousand: every bit pattern is a value and no member needs a
/// look.
template <class T>
constexpr bool is_block() {
  if constexpr (customised<T> || serializable<T> || std::is_same_v<T, bool> || std::is_empty_v<T> ||
                !std::is_trivially_copyable_v<T> || look<T>() != refusal::none) {
    return false;
  } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
    return true;
  } else if constexpr (std::is_array_v<T>) {
    return is_block<std::remove_all_extents_t<T>>();
  } else if constexpr (is_optional<T> || is_variant<T> || expected_like<T>) {
    return false;  // the tag must be looked at
  } else if constexpr (walked<T>) {
    return all_blocks(field_types<T>{});
  } else if constexpr (range_like<T> && tuple_like<T>) {
    return is_block<typename T::value_type>();
  } else if constexpr (tuple_like<T>) {
    return false;
  } else {
    return true;
  }
}

template <template <class...> class V, class... A>
constexpr type_list<A...> alternatives(const V<A...>*);
template <class T, std::size_t... I>
constexpr type_list<std::remove_cv_t<std::tuple_element_t<I, T>>...> elements(
    std::index_sequence<I...>);

/// The types a type is made of; empty for leaves. A type met again inside itself is judged where it
/// was first met.
template <class T>
constexpr auto parts_of() {
  if constexpr (customised<T> || serializable<T> || look<T>() != refusal::none ||
                std::is_scalar_v<T> || path_like<T>) {
    return type_list<>{};
  } else if constexpr (std::is_array_v<T>) {
    return type_list<std::remove_cv_t<std::remove_all_extents_t<T>>>{};
  } else if constexpr (is_unique_ptr<T>) {
    return type_list<typename T::element_type>{};
  } else if constexpr (is_variant<T>) {
    return decltype(alternatives(static_cast<const T*>(nullptr))){};
  } else if constexpr (expected_like<T>) {
    return type_list<typename T::value_type, typename T::error_type>{};
  } else if constexpr (range_like<T> || adaptor<T> || is_optional<T>) {
    return type_list<typename T::value_type>{};
  } else if constexpr (tuple_like<T>) {
    return decltype(elements<T>(std::make_index_sequence<std::tuple_size_v<T>>{})){};
  } else if constexpr (walked<T>) {
    return field_types<T>{};
  } else {
    return type_list<>{};
  }
}

template <class T, class... Seen>
constexpr bool crosses_within(type_list<Seen...>);
template <class... Seen, class... Part>
constexpr bool parts_cross(type_list<Part...>, [[maybe_unused]] type_list<Seen...> seen) {
  return (crosses_within<std::remove_cv_t<Part>>(seen) && ...);
}
template <class T, class... Seen>
constexpr bool crosses_within(type_list<Seen...>) {
  if constexpr ((std::is_same_v<T, Seen> || ...)) {
    return true;
  } else if constexpr (look<T>() != refusal::none) {
    return false;
  } else {
    return parts_cross(parts_of<T>(), type_list<Seen..., T>{});
  }
}

/// Which part of Owner: `&member.value.NAME` for a member of an aggregate, else its number.
template <class Owner, std::size_t I>
constexpr auto part_of() {
  if constexpr (!walked<Owner>) {
    return I;
  } else if constexpr (has_address<Owner, I>) {
    return address_of_member<Owner, I>();
  } else {
    return I;
  }
}
template <auto... Part>
struct way {};

/// The sentences. `T` is to blame, and `Way` leads to it, by the names of members, from the
/// argument or result; both stand in the compiler's "in instantiation of" lines beside them.
template <class T, class Way>
constexpr void explain() {
  constexpr refusal why = look<T>();
  static_assert(why != refusal::reference,
                "tutti: a reference cannot cross to another process (it would point into the wrong "
                "memory): pass the "
                "value, or a shared_value / shared_array");
  static_assert(why != refusal::pointer,
                "tutti: a raw pointer cannot cross to another process: pass the value, a "
                "std::unique_ptr (owning), a "
                "container, or a shared_array for memory that both sides see");
  static_assert(why != refusal::member_pointer,
                "tutti: a pointer to member cannot cross to another process: wrap the call in a "
                "captureless lambda");
  static_assert(why != refusal::function,
                "tutti: a function pointer can be what is called, not one of its arguments: wrap "
                "the choice in a "
                "captureless lambda or send an enum");
  static_assert(why != refusal::view,
                "tutti: a view (string_view, span, ...) cannot cross to another process (it owns "
                "nothing): use "
                "std::string or std::vector, or a shared_array, as parameter and result type");
  static_assert(why != refusal::shared_owner,
                "tutti: shared ownership (shared_ptr, weak_ptr) cannot cross to another process: "
                "pass the value or a "
                "std::unique_ptr, or use shared_value / shared_array");
  static_assert(why != refusal::deleter,
                "tutti: only std::unique_ptr<T> of a single object with the default deleter can "
                "cross to another "
                "process: use std::vector<T> for arrays");
  static_assert(why != refusal::iterator,
                "tutti: an iterator cannot cross to another process: pass an index or the elements "
                "themselves");
  static_assert(
      why != refusal::lock,
      "tutti: a lock, condition, thread or coroutine handle cannot cross to another process: use "
      "process_mutex, process_event, process_semaphore or process_queue");
  static_assert(why != refusal::stream,
                "tutti: a stream cannot cross to another process: pass the path or the text");
  static_assert(why != refusal::closure,
                "tutti: std::function and its like cannot cross to another process (what they hold "
                "may point anywhere): wrap the choice in a captureless lambda or send an enum");
  static_assert(why != refusal::lambda,
                "tutti: a lambda with captures cannot cross to another process: pass what it "
                "captures as parameters");
  static_assert(why != refusal::base,
                "tutti: an aggregate with a base class cannot be walked: make the base a member, "
                "or give the type a "
                "serialize member: template <class A> void serialize(A& ar) { ar(a, b); }");
  static_assert(why != refusal::opaque,
                "tutti: the archive does not know how to send this type: make it a plain "
                "aggregate, or give it a "
                "serialize member: template <class A> void serialize(A& ar) { ar(a, b); }");
}

template <class T, auto... Before, class... Seen>
constexpr void explain_within(way<Before...>, type_list<Seen...>);
template <class Owner, auto... Before, class... Seen, class... Part, std::size_t... I>
constexpr void explain_parts(way<Before...>, type_list<Part...>,
                             [[maybe_unused]] type_list<Seen...> seen, std::index_sequence<I...>) {
  (explain_within<std::remove_cv_t<Part>>(way<Before..., part_of<Owner, I>()>{}, seen), ...);
}
template <class T, auto... Before, class... Seen>
constexpr void explain_within(way<Before...> before, type_list<Seen...>) {
  if constexpr (!(std::is_same_v<T, Seen> || ...) && !crosses_within<T>(type_list<>{})) {
    if constexpr (look<T>() != refusal::none) {
      explain<T, way<Before...>>();
    } else {
      [before]<class... Part>(type_list<Part...> parts) {
        explain_parts<T>(before, parts, type_list<Seen..., T>{},
                         std::index_sequence_for<Part...>{});
      }(parts_of<T>());
    }
  }
}

}  // namespace detail

/// Can a value of type T cross to another process?
template <class T>
concept crosses = detail::crosses_within<std::remove_cv_t<T>>(detail::type_list<>{});

/// Refuses to compile with a sentence that says why `T` cannot cross and what to write instead.
template <class T>
constexpr void require_crossing() {
  detail::explain_within<std::remove_cv_t<T>>(detail::way<>{}, detail::type_list<>{});
}

}  // namespace tutti::wire
