/// \file
/// Bytes going out and bytes coming in: the untyped half of the archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tutti/base/config.hpp>
#include <tutti/base/error.hpp>

namespace tutti {

/// What cannot be turned into bytes, or bytes that are not what they claim to be (cut short,
/// damaged, hostile).
class wire_error : public error {
 public:
  using error::error;
};

namespace wire {

/// How deep values may nest (lists of owning pointers, trees): bounds the stack on both sides.
inline constexpr unsigned depth_max = 2000;

namespace detail {
[[noreturn]] void fail_short(std::size_t wanted, std::size_t left);
[[noreturn]] void fail_depth();
[[noreturn]] void fail_value(const char* what);

/// Lets through only so many levels. Bound: depth_max.
class level {
 public:
  explicit level(unsigned& depth) : depth_(depth) {
    if (TUTTI_UNLIKELY(depth_ >= depth_max)) fail_depth();
    ++depth_;
  }
  level(const level&) = delete;
  level& operator=(const level&) = delete;
  ~level() { --depth_; }

 private:
  unsigned& depth_;
};
}  // namespace detail

/// Writes into memory it is given and goes on counting where that ends, so one pass over a value
/// tells its size and, if it was small enough, has already written it.
class byte_writer {
 public:
  /// Only counts.
  byte_writer() noexcept = default;
  explicit byte_writer(std::span<std::byte> room) noexcept
      : base_(room.data()), capacity_(room.size()) {}
  byte_writer(const byte_writer&) = delete;
  byte_writer& operator=(const byte_writer&) = delete;

  void put(const void* from, std::size_t bytes) noexcept {
    if (TUTTI_LIKELY(bytes <= capacity_ && total_ <= capacity_ - bytes) && bytes != 0)
      std::memcpy(base_ + total_, from, bytes);
    total_ += bytes;
  }
  template <class T>
  void put_value(const T& value) noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    put(&value, sizeof(T));
  }
  /// Seven bits a byte, low ones first: small numbers cost one byte (LEB128).
  void put_count(std::uint64_t count) noexcept;
  void put_text(std::string_view text) noexcept {
    put_count(text.size());
    put(text.data(), text.size());
  }
  /// Fills up to a multiple of `alignment`, so that the reader can use blocks in place.
  void align(std::size_t alignment) noexcept {
    while (total_ % alignment != 0) put_value(std::byte{0});
  }

  /// Bytes the value needs, whether or not they fit.
  std::size_t total() const noexcept { return total_; }
  bool fits() const noexcept { return total_ <= capacity_; }
  /// Keeps what the bytes refer to (shared memory, a pipe's end) alive until they have been read.
  void keep(std::shared_ptr<const void> resource) { kept_.push_back(std::move(resource)); }
  std::vector<std::shared_ptr<const void>> take_kept() noexcept { return std::move(kept_); }
  unsigned& depth() noexcept { return depth_; }

 private:
  std::byte* base_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t total_ = 0;
  unsigned depth_ = 0;
  std::vector<std::shared_ptr<const void>> kept_;
};

/// Reads bytes somebody else wrote and believes nothing: every length is checked against what is
/// left before it is used or allocated, and everything is read once. What does not add up throws
/// wire_error.
class byte_reader {
 public:
  /// `sender` names the process the bytes come from (its pid), for values that refer to its
  /// resources.
  explicit byte_reader(std::span<const std::byte> bytes, std::uint64_t sender = 0) noexcept
      : base_(bytes.data()),
        at_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        sender_(sender) {}
  byte_reader(const byte_reader&) = delete;
  byte_reader& operator=(const byte_reader&) = delete;

  void take(void* to, std::size_t bytes) {
    const std::byte* from = skip(bytes);
    if (bytes != 0) std::memcpy(to, from, bytes);
  }
  template <class T>
  T take_value() {
    static_assert(std::is_trivially_copyable_v<T>);
    if constexpr (sizeof(T) == 1) {
      // Lengths, tags and flags are made of these. Their writer may still be writing, so the
      // compiler must not read them again after they have been looked at.
      const unsigned char once = *reinterpret_cast<const volatile unsigned char*>(skip(1));
      return __builtin_bit_cast(T, once);
    } else {
      T value;
      take(&value, sizeof(T));
      return value;
    }
  }
  std::uint64_t take_count();
  /// A number of things that each need at least `each` bytes: never more than can be there.
  std::size_t take_length(std::size_t each);
  std::string take_text();
  /// The next bytes in place. They stay the sender's, who may change them at any time: copy what
  /// you look at before you believe it.
  const std::byte* skip(std::size_t bytes) {
    if (TUTTI_UNLIKELY(bytes > left())) detail::fail_short(bytes, left());
    return std::exchange(at_, at_ + bytes);
  }
  void align(std::size_t alignment) {
    const std::size_t over = static_cast<std::size_t>(at_ - base_) % alignment;
    if (over != 0) skip(alignment - over);
  }

  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  bool at_end() const noexcept { return at_ == end_; }
  std::uint64_t sender() const noexcept { return sender_; }
  unsigned& depth() noexcept { return depth_; }

 private:
  const std::byte* base_;
  const std::byte* at_;
  const std::byte* end_;
  std::uint64_t sender_;
  unsigned depth_ = 0;
};

}  // namespace wire
}  // namespace tutti
