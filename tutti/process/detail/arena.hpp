/// \file
/// Blocks of shared memory that are used again: fresh shared pages cost ten times a copy into warm
/// ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tutti/process/backend/os.hpp>

namespace tutti::detail {

/// The owner's end of an arena: hands out blocks in size classes (four to a doubling), last freed
/// first, from memory that grows in steps up to arena_bytes_max and is kept for the arena's life.
/// Not thread-safe; lives in one process.
class arena {
 public:
  struct block {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;  ///< of its class
  };
  /// Takes shared memory that others map too. It must be empty and never grown by anyone else.
  explicit arena(sys::descriptor memory);

  /// Throws std::bad_alloc when the memory of the machine or the arena's address space is used up.
  block take(std::size_t bytes);
  void give_back(block b) { free_[class_of(b.bytes)].push_back(b.offset); }
  std::span<std::byte> at(block b) const noexcept { return {map_.data() + b.offset, b.bytes}; }
  int descriptor() const noexcept { return memory_.get(); }

 private:
  static std::size_t class_of(std::size_t bytes) noexcept;
  static std::size_t bytes_of(std::size_t size_class) noexcept;

  sys::descriptor memory_;
  os::mapping map_;
  std::uint64_t used_ = 0;
  std::uint64_t size_ = 0;
  std::array<std::vector<std::uint64_t>, 160> free_;
};

}  // namespace tutti::detail
