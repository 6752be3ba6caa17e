/// \file
/// Shared memory as a handle: what every object between processes stands on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <tutti/process/backend/os.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/wire/bytes.hpp>

namespace tutti::detail {

/// Threads:  made, encoded and decoded from anywhere.
/// Lifetime: counted in every process; the memory goes when the last process lets go, nothing has a
/// name. Wakes:    nobody. Order:    up to what lies in the memory. Cancel:   does not apply.
///
/// Passing it to another process sends a number and where to open it; a process that knows it
/// already opens nothing.
class shared_block {
 public:
  using handle = std::shared_ptr<shared_block>;
  /// `bytes` of zeroed memory. Throws std::system_error when there is no more.
  static handle make(const char* name, std::size_t bytes);
  static void encode(wire::byte_writer& out, const handle& block);
  static handle decode(wire::byte_reader& in, std::size_t bytes_min);

  shared_block(const shared_block&) = delete;
  shared_block& operator=(const shared_block&) = delete;
  ~shared_block();

  std::byte* data() const noexcept { return map_.data() + head_bytes; }
  std::size_t size() const noexcept { return map_.size() - head_bytes; }
  template <class T>
  T& at() const noexcept {
    return *reinterpret_cast<T*>(data());
  }

 private:
  static constexpr std::size_t head_bytes = 128;
  /// Threads:  any of any process.
  /// Lifetime: the memory's.
  /// Wakes:    nobody.
  /// Order:    `number` is fixed before anybody else maps it; `dropped` only hints.
  /// Cancel:   does not apply.
  struct head {
    std::uint64_t number = 0;
    sys::atomic<std::uint32_t> dropped{0};  // its maker has let go: others need not keep it at hand
  };
  shared_block(sys::descriptor memory, std::size_t bytes, bool made_here);
  head& top() const noexcept { return *reinterpret_cast<head*>(map_.data()); }

  sys::descriptor memory_;
  os::mapping map_;
  bool made_here_;
  friend class block_registry;
};

}  // namespace tutti::detail
