/// \file
/// `shared_array<T>`: memory that parent and workers see at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <tutti/process/detail/shared_block.hpp>
#include <tutti/wire/crossing.hpp>

namespace tutti {

/// `n` elements in shared memory, zeroed. A handle: copies, and what a task gets when it is passed
/// one, are the same memory; nothing is copied on the way.
///
/// Threads:  everybody may read and write; who writes what, and when, is the program's to arrange
/// (the end of a task is
///           seen by whoever reads its future; process_mutex, process_event and shared_value order
///           the rest).
/// Lifetime: counted: the memory goes with the last handle in any process.
/// Wakes:    nobody.
/// Order:    as said under Threads.
/// Cancel:   does not apply.
/// ```
/// tutti::shared_array<double> a{1'000'000};
/// pool.submit([](tutti::shared_array<double> v) { for (double& x : v.span()) x = 1; }, a).get();
/// ```
/// Source: `multiprocessing.shared_memory`, without names to leak.
template <class T>
class shared_array {
  static_assert(std::is_trivially_copyable_v<T>,
                "tutti: elements of a shared_array lie in several address spaces at once: they "
                "must be trivially "
                "copyable and hold no pointers");

 public:
  using value_type = T;
  /// Throws std::system_error when there is no more shared memory.
  explicit shared_array(std::size_t n)
      : block_(detail::shared_block::make("tutti-array", n * sizeof(T))), size_(n) {}

  std::span<T> span() const noexcept {
    return {reinterpret_cast<T*>(block_->data()) + first_, size_};
  }
  std::size_t size() const noexcept { return size_; }
  T& operator[](std::size_t i) const noexcept { return span()[i]; }
  T* begin() const noexcept { return span().data(); }
  T* end() const noexcept { return begin() + size_; }
  /// A part of it, as a handle of its own to the same memory. Throws std::out_of_range.
  shared_array slice(std::size_t first, std::size_t count) const {
    if (first > size_ || count > size_ - first)
      throw std::out_of_range("shared_array::slice reaches beyond the end");
    return shared_array(block_, first_ + first, count);
  }

 private:
  friend struct wire::crossing<shared_array>;
  shared_array(detail::shared_block::handle block, std::size_t first, std::size_t size) noexcept
      : block_(std::move(block)), first_(first), size_(size) {}

  detail::shared_block::handle block_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

template <class T>
struct wire::crossing<shared_array<T>> {
  static void encode(byte_writer& out, const shared_array<T>& a) {
    out.put_value(std::uint64_t{a.first_});
    out.put_value(std::uint64_t{a.size_});
    tutti::detail::shared_block::encode(out, a.block_);
  }
  static shared_array<T> decode(byte_reader& in) {
    const auto first = in.take_value<std::uint64_t>();
    const auto size = in.take_value<std::uint64_t>();
    constexpr std::uint64_t most = ~std::uint64_t{0} / sizeof(T) / 4;
    if (first > most || size > most) throw wire_error("an array longer than memory");
    auto block = tutti::detail::shared_block::decode(in, (first + size) * sizeof(T));
    return shared_array<T>(std::move(block), first, size);
  }
};

}  // namespace tutti
