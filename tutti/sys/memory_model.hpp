/// \file
/// Where a simulation of weak memory is asked what an atomic access sees.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace tutti::sys {

/// One strand of a simulation accesses the atomic variable `at`. What it holds in truth (the newest
/// value) is told each time, so that a model may forget what it likes. In production nobody asks.
class memory_model {
 public:
  virtual ~memory_model() = default;
  /// A variable begins there; what stood there before is over.
  virtual void made(const void* at) noexcept = 0;
  /// The value that is read: the newest one or an older one that C++ allows here.
  virtual std::uint64_t load(const void* at, std::uint64_t newest,
                             std::memory_order order) noexcept = 0;
  virtual void store(const void* at, std::uint64_t before, std::uint64_t value,
                     std::memory_order order) noexcept = 0;
  /// Reads the newest value and replaces it in one step.
  virtual void exchange(const void* at, std::uint64_t before, std::uint64_t value,
                        std::memory_order order) noexcept = 0;
  /// A comparison that failed: it has read the newest value.
  virtual void look(const void* at, std::uint64_t newest, std::memory_order order) noexcept = 0;
  /// A weak compare-exchange that could succeed shall not.
  virtual bool fails_for_nothing() noexcept = 0;
  /// Sequentially consistent.
  virtual void fence() noexcept = 0;
};

inline thread_local constinit memory_model* current_memory = nullptr;

template <class T>
inline constexpr bool fits_memory_model =
    sizeof(T) <= sizeof(std::uint64_t) && std::is_trivially_copyable_v<T>;

template <class T>
std::uint64_t to_word(const T& value) noexcept {
  static_assert(fits_memory_model<T>);
  std::uint64_t word = 0;
  std::memcpy(&word, &value, sizeof(T));
  return word;
}
template <class T>
T from_word(std::uint64_t word, T like) noexcept {
  static_assert(fits_memory_model<T>);
  std::memcpy(&like, &word, sizeof(T));
  return like;
}

}  // namespace tutti::sys
