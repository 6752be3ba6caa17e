/// \file
/// Types written for cereal cross with their own `serialize` (or `save` and `load`): two archives
/// of our own call it. cereal itself is never included; its name-value pairs, size tags, base
/// classes and binary blocks are known by shape.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <tutti/wire/bytes.hpp>
#include <tutti/wire/crossing.hpp>

namespace tutti::wire {
template <class T>
void encode(byte_writer& out, const T& value);
template <class T>
T decode(byte_reader& in);
}  // namespace tutti::wire

namespace tutti::wire::detail {

template <class T>
concept name_value = requires(T& v) {
  v.name;
  v.value;
} && !std::is_copy_assignable_v<std::remove_cvref_t<T>>;
template <class T>
concept size_tag = requires(T& v) { v.size; } && !requires(T& v) { v.size(); } &&
                   sizeof(T) == sizeof(void*) && !std::is_copy_assignable_v<std::remove_cvref_t<T>>;
template <class T>
concept base_part = requires(T& v) { v.base_ptr; };
template <class T>
concept raw_block = requires(T& v) {
  v.data;
  v.size;
} && !requires(T& v) { v.size(); };

struct output_archive {
  using is_saving = std::true_type;
  using is_loading = std::false_type;
  explicit output_archive(byte_writer& writer) : out(writer) {}

  template <class... T>
  output_archive& operator()(T&&... value) {
    (one(value), ...);
    return *this;
  }
  template <class T>
  output_archive& operator&(T&& value) {
    return (*this)(value);
  }
  template <class T>
  output_archive& operator<<(T&& value) {
    return (*this)(value);
  }
  template <class T>
  void one(T& value) {
    using plain = std::remove_cv_t<T>;
    if constexpr (!crosses<plain> && base_part<plain>) {
      encode<std::remove_cvref_t<decltype(*value.base_ptr)>>(out, *value.base_ptr);
    } else if constexpr (!crosses<plain> && raw_block<plain>) {
      out.put_count(value.size);
      out.put(value.data, static_cast<std::size_t>(value.size));
    } else if constexpr (name_value<plain>) {
      one(value.value);
    } else if constexpr (size_tag<plain>) {
      one(value.size);
    } else {
      encode<plain>(out, value);
    }
  }
  byte_writer& out;
};

struct input_archive {
  using is_saving = std::false_type;
  using is_loading = std::true_type;
  explicit input_archive(byte_reader& reader) : in(reader) {}

  template <class... T>
  input_archive& operator()(T&&... value) {
    (one(value), ...);
    return *this;
  }
  template <class T>
  input_archive& operator&(T&& value) {
    return (*this)(value);
  }
  template <class T>
  input_archive& operator>>(T&& value) {
    return (*this)(value);
  }
  template <class T>
  void one(T& value) {
    using plain = std::remove_cv_t<T>;
    if constexpr (!crosses<plain> && base_part<plain>) {
      *value.base_ptr = decode<std::remove_cvref_t<decltype(*value.base_ptr)>>(in);
    } else if constexpr (!crosses<plain> && raw_block<plain>) {
      if (in.take_count() != static_cast<std::uint64_t>(value.size))
        fail_value("a block of another size");
      in.take(value.data, static_cast<std::size_t>(value.size));
    } else if constexpr (name_value<plain>) {
      one(value.value);
    } else if constexpr (size_tag<plain>) {
      one(value.size);
    } else if constexpr (std::is_array_v<plain>) {
      for (auto& element : value) one(element);
    } else if constexpr (serializable<plain> && !customised<plain>) {
      load_into(value);
    } else {
      value = decode<plain>(in);
    }
  }
  template <class T>
  void load_into(T& value) {
    if constexpr (member_serialize<T>) {
      value.serialize(*this);
    } else if constexpr (member_save_load<T>) {
      value.load(*this);
    } else if constexpr (free_serialize<T>) {
      serialize(*this, value);
    } else {
      load(*this, value);
    }
  }
  byte_reader& in;
};

template <class T>
void save_cereal(byte_writer& out, const T& value) {
  output_archive archive{out};
  if constexpr (member_save_load<T>) {
    value.save(archive);
  } else if constexpr (member_serialize<T>) {
    const_cast<T&>(value).serialize(
        archive);  // cereal's own convention: serialize is not const, saving changes nothing
  } else if constexpr (free_save_load<T>) {
    save(archive, value);
  } else {
    serialize(archive, const_cast<T&>(value));
  }
}

template <class T>
T load_cereal(byte_reader& in) {
  static_assert(
      std::is_default_constructible_v<T>,
      "tutti: a type with a serialize member must be default constructible to be received");
  T value{};
  input_archive{in}.load_into(value);
  return value;
}

}  // namespace tutti::wire::detail
