/// \file
/// Values to bytes and back without a line in the user's types: `encode(out, value)`,
/// `decode<T>(in)`.
///
/// The format is the machine's own (little endian, native sizes) with counted containers; blocks of
/// trivially copyable elements are one memcpy. Both sides run the same program image; nothing else
/// is promised about the bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <tutti/wire/bytes.hpp>
#include <tutti/wire/crossing.hpp>
#include <tutti/wire/detail/cereal.hpp>
#include <tutti/wire/detail/fields.hpp>

namespace tutti::wire {

/// Appends `value` to `out`. Types that cannot cross do not compile.
template <class T>
void encode(byte_writer& out, const T& value);

/// Reads a value that `encode` wrote; throws wire_error for bytes that are none.
template <class T>
T decode(byte_reader& in);

/// The sentence-free forms for whole messages: a value in a vector of its own, and back (nothing
/// may be left over).
template <class T>
std::vector<std::byte> to_bytes(const T& value) {
  byte_writer counter;
  encode(counter, value);
  std::vector<std::byte> bytes(counter.total());
  byte_writer out{bytes};
  encode(out, value);
  return bytes;
}
template <class T>
T from_bytes(std::span<const std::byte> bytes) {
  byte_reader in{bytes};
  T value = decode<T>(in);
  if (!in.at_end()) detail::fail_value("something is left over");
  return value;
}

/// Error codes of the known categories (generic, system, iostream, future); others arrive as an
/// error.
template <>
struct crossing<std::error_code> {
  static void encode(byte_writer& out, const std::error_code& code);
  static std::error_code decode(byte_reader& in);
};

namespace detail {

/// Arrays of blocks start aligned so that the reader can copy them from where they lie.
template <class E>
inline constexpr std::size_t block_alignment = alignof(E) < 16 ? alignof(E) : 16;

template <class T>
concept contiguous_blocks = range_like<T> && is_block<typename T::value_type>() &&
                            requires(T& v, const typename T::value_type* p) {
                              { v.data() } -> std::convertible_to<const typename T::value_type*>;
                              v.assign(p, p);
                            };

template <class E>
void encode_block(byte_writer& out, const E* from, std::size_t count) {
  if constexpr (block_alignment<E> > 1) out.align(block_alignment<E>);
  out.put(from, count * sizeof(E));
}

template <class T>
T decode_blocks(byte_reader& in) {
  using element = typename T::value_type;
  const std::size_t count = in.take_length(sizeof(element));
  if constexpr (block_alignment<element> > 1) in.align(block_alignment<element>);
  const std::byte* from = in.skip(count * sizeof(element));
  T value;
  if (TUTTI_LIKELY(reinterpret_cast<std::uintptr_t>(from) % alignof(element) == 0)) {
    const auto* first = reinterpret_cast<const element*>(from);
    value.assign(first, first + count);
  } else if (count != 0) {
    auto copy = std::make_unique<std::byte[]>(count * sizeof(element) + alignof(element));
    void* at = copy.get();
    std::size_t room = count * sizeof(element) + alignof(element);
    std::align(alignof(element), count * sizeof(element), at, room);
    std::memcpy(at, from, count * sizeof(element));
    const auto* first = static_cast<const element*>(at);
    value.assign(first, first + count);
  }
  return value;
}

template <class T>
struct mutable_element {
  using type = T;
};
template <class K, class V>
struct mutable_element<std::pair<const K, V>> {
  using type = std::pair<K, V>;
};

template <class T>
void encode_range(byte_writer& out, const T& value) {
  std::size_t count = 0;
  if constexpr (requires { value.size(); }) {
    count = value.size();
  } else {
    for (auto at = value.begin(); at != value.end(); ++at) ++count;
  }
  out.put_count(count);
  for (const auto& element : value) encode<typename T::value_type>(out, element);
}

template <class T>
T decode_range(byte_reader& in) {
  using element = typename mutable_element<typename T::value_type>::type;
  const std::size_t count = in.take_length(1);
  T value;
  // Never reserves more than the bytes at hand can justify: a small message cannot ask for much
  // memory.
  if constexpr (requires { value.reserve(count); }) {
    const std::size_t plausible = in.left() / sizeof(element) + 1;
    value.reserve(count < plausible ? count : plausible);
  }
  if constexpr (front_list<T> && !appendable<T>) {
    auto last = value.before_begin();
    for (std::size_t i = 0; i < count; ++i) last = value.insert_after(last, decode<element>(in));
  } else if constexpr (appendable<T>) {
    for (std::size_t i = 0; i < count; ++i) value.push_back(decode<element>(in));
  } else {
    for (std::size_t i = 0; i < count; ++i) value.insert(value.end(), decode<element>(in));
  }
  return value;
}

/// Looks into std::stack, queue and priority_queue, whose container is protected.
template <class T>
struct opened : T {
  static auto member() { return &opened::c; }
};

template <class T, class... A>
T decode_variant(byte_reader& in, type_list<A...>) {
  const std::uint64_t index = in.take_count();
  if (index >= sizeof...(A)) fail_value("a variant without such an alternative");
  std::optional<T> value;
  std::uint64_t at = 0;
  const auto try_one =
      [&]<class Alternative, std::size_t I>(std::integral_constant<std::size_t, I>) {
        if (at++ == index) value.emplace(std::in_place_index<I>, decode<Alternative>(in));
      };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (try_one.template operator()<A>(std::integral_constant<std::size_t, I>{}), ...);
  }(std::index_sequence_for<A...>{});
  return *std::move(value);
}

template <class T, class... A>
void encode_variant(byte_writer& out, const T& value, type_list<A...>) {
  if (value.valueless_by_exception())
    throw wire_error("a variant that lost its value to an exception cannot be sent");
  out.put_count(value.index());
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((value.index() == I ? encode<A>(out, *get_if<I>(&value)) : void()), ...);
  }(std::index_sequence_for<A...>{});
}

template <class T>
void decode_into(byte_reader& in, T& field);

template <class T, class... Field>
T decode_fields(byte_reader& in, type_list<Field...>) {
  if constexpr ((std::is_array_v<Field> || ...)) {
    static_assert(std::is_default_constructible_v<T>,
                  "tutti: an aggregate with a C array of such elements must be default "
                  "constructible: use std::array");
    T value{};
    visit_fields(value, [&](auto&... field) { (decode_into(in, field), ...); });
    return value;
  } else {
    return T{decode<Field>(in)...};  // in order: braces
  }
}

template <class T>
void decode_into(byte_reader& in, T& field) {
  if constexpr (std::is_array_v<T>) {
    for (auto& element : field) decode_into(in, element);
  } else {
    field = decode<T>(in);
  }
}

template <class T, std::size_t... I>
T decode_tuple(byte_reader& in, std::index_sequence<I...>) {
  if constexpr (range_like<T>) {  // std::array
    return T{((void)I, decode<typename T::value_type>(in))...};
  } else {
    return T{decode<std::remove_cv_t<std::tuple_element_t<I, T>>>(in)...};
  }
}

template <class T>
bool decode_flag(byte_reader& in) {
  const auto byte = in.take_value<unsigned char>();
  if (byte > 1) fail_value("a truth value that is neither 0 nor 1");
  return byte != 0;
}

template <class T>
void encode_any(byte_writer& out, const T& value) {
  if constexpr (customised<T>) {
    crossing<T>::encode(out, value);
  } else if constexpr (serializable<T>) {
    const level guard{out.depth()};
    save_cereal(out, value);
  } else if constexpr (is_block<T>()) {
    out.put_value(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    out.put_value(static_cast<unsigned char>(value ? 1 : 0));
  } else if constexpr (std::is_array_v<T>) {
    for (const auto& element : value) encode(out, element);
  } else if constexpr (std::is_empty_v<T>) {
    out.put_value(
        std::byte{0});  // one byte, so that no count of values can exceed the bytes that carry them
  } else if constexpr (path_like<T>) {
    encode(out, value.native());
  } else if constexpr (is_unique_ptr<T>) {
    const level guard{out.depth()};
    out.put_value(static_cast<unsigned char>(value != nullptr));
    if (value != nullptr) encode<std::remove_cv_t<typename T::element_type>>(out, *value);
  } else if constexpr (is_optional<T>) {
    out.put_value(static_cast<unsigned char>(value.has_value()));
    if (value.has_value()) encode(out, *value);
  } else if constexpr (expected_like<T>) {
    out.put_value(static_cast<unsigned char>(value.has_value()));
    if (!value.has_value()) return encode(out, value.error());
    if constexpr (!std::is_void_v<typename T::value_type>) encode(out, *value);
  } else if constexpr (is_variant<T>) {
    encode_variant(out, value, parts_of<T>());
  } else if constexpr (contiguous_blocks<T>) {
    out.put_count(value.size());
    encode_block(out, value.data(), value.size());
  } else if constexpr (sequence<T>) {
    encode_range(out, value);
  } else if constexpr (adaptor<T>) {
    encode(out, value.*opened<T>::member());
  } else if constexpr (tuple_like<T>) {
    if constexpr (std::tuple_size_v<T> == 0) out.put_value(std::byte{0});
    if constexpr (range_like<T>) {
      for (const auto& element : value) encode(out, element);
    } else {
      std::apply([&](const auto&... element) { (encode(out, element), ...); }, value);
    }
  } else {
    const level guard{out.depth()};
    visit_fields(value, [&](const auto&... field) { (encode(out, field), ...); });
  }
}

template <class T>
T decode_any(byte_reader& in) {
  if constexpr (customised<T>) {
    return crossing<T>::decode(in);
  } else if constexpr (serializable<T>) {
    const level guard{in.depth()};
    return load_cereal<T>(in);
  } else if constexpr (is_block<T>()) {
    if constexpr (std::is_default_constructible_v<T>) {
      return in.take_value<T>();
    } else {
      alignas(T) std::byte room[sizeof(T)];
      in.take(room, sizeof(T));
      return *std::launder(reinterpret_cast<const T*>(room));
    }
  } else if constexpr (std::is_same_v<T, bool>) {
    return decode_flag<T>(in);
  } else if constexpr (std::is_empty_v<T>) {
    in.skip(1);
    return T{};
  } else if constexpr (path_like<T>) {
    return T(decode<typename T::string_type>(in));
  } else if constexpr (is_unique_ptr<T>) {
    const level guard{in.depth()};
    using element = std::remove_cv_t<typename T::element_type>;
    return decode_flag<T>(in) ? T(new element(decode<element>(in))) : T();
  } else if constexpr (is_optional<T>) {
    return decode_flag<T>(in) ? T(decode<typename T::value_type>(in)) : T();
  } else if constexpr (expected_like<T>) {
    if (!decode_flag<T>(in)) return typename T::unexpected_type(decode<typename T::error_type>(in));
    if constexpr (std::is_void_v<typename T::value_type>) {
      return T();
    } else {
      return T(decode<typename T::value_type>(in));
    }
  } else if constexpr (is_variant<T>) {
    return decode_variant<T>(in, parts_of<T>());
  } else if constexpr (contiguous_blocks<T>) {
    return decode_blocks<T>(in);
  } else if constexpr (sequence<T>) {
    return decode_range<T>(in);
  } else if constexpr (adaptor<T>) {
    T value;
    value.*opened<T>::member() = decode<typename T::container_type>(in);
    return value;
  } else if constexpr (tuple_like<T>) {
    if constexpr (std::tuple_size_v<T> == 0) in.skip(1);
    return decode_tuple<T>(in, std::make_index_sequence<std::tuple_size_v<T>>{});
  } else {
    const level guard{in.depth()};
    return decode_fields<T>(in, field_types<T>{});
  }
}

}  // namespace detail

template <class T>
void encode(byte_writer& out, const T& value) {
  using plain = std::remove_cv_t<T>;
  require_crossing<plain>();
  if constexpr (crosses<plain>) detail::encode_any<plain>(out, value);
}

template <class T>
T decode(byte_reader& in) {
  using plain = std::remove_cv_t<T>;
  require_crossing<plain>();
  if constexpr (crosses<plain>) {
    return detail::decode_any<plain>(in);
  } else {
    std::terminate();  // only to compile on after the sentence of require_crossing
  }
}

}  // namespace tutti::wire
