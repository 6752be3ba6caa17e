/// \file
/// Bytes that arrived and were not asked for yet.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace tutti::detail {

/// Takes its memory when bytes are expected and gives it back as soon as it is empty, so an idle
/// connection holds none; the next one that receives on this thread gets the same, still warm,
/// block.
class receive_buffer {
 public:
  static constexpr std::size_t block_size = 16 * 1024;  ///< what it takes first

  receive_buffer() noexcept = default;
  receive_buffer(const receive_buffer&) = delete;
  receive_buffer& operator=(const receive_buffer&) = delete;
  ~receive_buffer() { give_back(); }

  bool empty() const noexcept { return begin_ == end_; }
  std::size_t size() const noexcept { return end_ - begin_; }
  std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(data_) + begin_, size()};
  }

  /// Free space behind what is there, `wanted` bytes or more (a block at least).
  std::span<std::byte> space(std::size_t wanted);
  /// So many bytes were put into space().
  void add(std::size_t n) noexcept { end_ += n; }
  /// Gives up memory if nothing is in it: call it before a wait.
  void rest() noexcept {
    if (empty()) give_back();
  }
  void drop(std::size_t n) noexcept {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  /// Moves bytes out; gives how many.
  std::size_t take(std::span<std::byte> into) noexcept;
  void swap(receive_buffer& other) noexcept;
  /// Puts bytes back in front of what is there.
  void put_back(std::span<const std::byte> bytes);

 private:
  void give_back() noexcept;
  void grow(std::size_t capacity, std::size_t gap);

  std::byte* data_ = nullptr;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace tutti::detail
