#include <tutti/async/detail/receive_buffer.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

namespace tutti::detail {
namespace {

/// Blocks this thread used last.
class block_cache {
 public:
  block_cache() noexcept = default;
  block_cache(const block_cache&) = delete;
  block_cache& operator=(const block_cache&) = delete;
  ~block_cache() {
    while (count_ > 0) ::operator delete(blocks_[--count_]);
    is_over_ = true;
  }
  std::byte* get() {
    return static_cast<std::byte*>(count_ > 0 ? blocks_[--count_]
                                              : ::operator new(receive_buffer::block_size));
  }
  void put(std::byte* block) noexcept {
    if (count_ == blocks_.size() || is_over_) {
      ::operator delete(block);
    } else {
      blocks_[count_++] = block;
    }
  }

 private:
  std::array<void*, 64> blocks_{};
  std::size_t count_ = 0;
  bool is_over_ = false;  // the thread is ending: streams that end later keep nothing here
};

thread_local block_cache cache;

}  // namespace

void receive_buffer::give_back() noexcept {
  if (data_ == nullptr) return;
  if (capacity_ == block_size) {
    cache.put(data_);
  } else {
    ::operator delete(data_);
  }
  data_ = nullptr;
  begin_ = end_ = capacity_ = 0;
}

/// Moves what is there into new memory, `gap` bytes from its start.
void receive_buffer::grow(std::size_t capacity, std::size_t gap) {
  auto* const fresh = static_cast<std::byte*>(::operator new(capacity));
  const std::size_t held = size();
  if (held > 0) std::memcpy(fresh + gap, data_ + begin_, held);
  give_back();
  data_ = fresh;
  capacity_ = capacity;
  begin_ = gap;
  end_ = gap + held;
}

std::span<std::byte> receive_buffer::space(std::size_t wanted) {
  if (data_ == nullptr && wanted <= block_size) {
    data_ = cache.get();
    capacity_ = block_size;
  }
  if (capacity_ - end_ < wanted) {
    if (capacity_ - size() >= wanted && begin_ >= size()) {
      std::memcpy(data_, data_ + begin_, size());
      end_ -= begin_;
      begin_ = 0;
    } else {
      grow(std::max({block_size + 1, size() + wanted, 2 * capacity_}), 0);
    }
  }
  return {data_ + end_, capacity_ - end_};
}

void receive_buffer::swap(receive_buffer& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
  std::swap(capacity_, other.capacity_);
}

std::size_t receive_buffer::take(std::span<std::byte> into) noexcept {
  const std::size_t n = std::min(into.size(), size());
  if (n > 0) std::memcpy(into.data(), data_ + begin_, n);
  drop(n);
  return n;
}

void receive_buffer::put_back(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  if (begin_ < bytes.size()) grow(std::max(block_size + 1, size() + bytes.size()), bytes.size());
  begin_ -= bytes.size();
  std::memcpy(data_ + begin_, bytes.data(), bytes.size());
}

}  // namespace tutti::detail
