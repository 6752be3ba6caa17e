#include <tutti/process/detail/arena.hpp>

#include <algorithm>
#include <bit>
#include <new>
#include <system_error>

#include <tutti/process/detail/lane.hpp>

namespace tutti::detail {
namespace {
constexpr std::size_t smallest = 256;
constexpr std::size_t step_min = std::size_t{1} << 18;
constexpr std::size_t step_max = std::size_t{1} << 26;
}  // namespace

arena::arena(sys::descriptor memory)
    : memory_(std::move(memory)), map_(memory_.get(), arena_bytes_max, true) {}

/// Class 4*k+j holds blocks of (4+j) * smallest/4 * 2^k bytes.
std::size_t arena::class_of(std::size_t bytes) noexcept {
  const std::size_t units = (std::max(bytes, smallest) + smallest / 4 - 1) / (smallest / 4);
  const auto k = static_cast<std::size_t>(std::bit_width(units - 1)) -
                 2;  // units in (4 << k, 8 << k] after rounding
  std::size_t size_class = 4 * (k > 0 ? k - 1 : 0);
  while (bytes_of(size_class) < bytes) ++size_class;
  return size_class;
}

std::size_t arena::bytes_of(std::size_t size_class) noexcept {
  return (4 + size_class % 4) * (smallest / 4) << (size_class / 4);
}

arena::block arena::take(std::size_t bytes) {
  if (bytes > arena_bytes_max) throw std::bad_alloc();
  const std::size_t size_class = class_of(bytes);
  const std::uint64_t rounded = bytes_of(size_class);
  auto& free = free_[size_class];
  if (!free.empty()) {
    const std::uint64_t offset = free.back();
    free.pop_back();
    return {offset, rounded};
  }
  if (rounded > arena_bytes_max - used_) throw std::bad_alloc();
  if (used_ + rounded > size_) {
    const std::uint64_t step = std::clamp<std::uint64_t>(size_, step_min, step_max);
    const std::uint64_t to =
        std::min<std::uint64_t>(std::max(size_ + step, used_ + rounded), arena_bytes_max);
    try {
      os::grow_memory(memory_.get(), size_, to);
    } catch (const std::system_error&) {
      throw std::bad_alloc();
    }
    size_ = to;
  }
  const block taken{used_, rounded};
  used_ += rounded;
  free.reserve(free.size() + 4);  // give_back must find room
  return taken;
}

}  // namespace tutti::detail
