// Takes orders away, to show that they are needed.
#pragma once

#include <cstdint>

#include <tutti/sys/atomic.hpp>
#include <tutti/sys/memory_model.hpp>

namespace tutti::model {

/// While it lives, the accesses of one object's atomics are ordered less than they say.
class weakened final : public sys::memory_model {
 public:
  enum class how : unsigned char {
    consistent_is_acq_rel,
    everything_is_relaxed,
    without_fences,  ///< anybody's
  };
  template <class T>
  weakened(const T& object, how h) noexcept
      : first_(reinterpret_cast<std::uintptr_t>(&object)), last_(first_ + sizeof(T)), how_(h) {
    sys::current_memory = this;
  }
  ~weakened() override {
    if (sys::current_memory == this) sys::current_memory = &inner_;
  }
  void made(const void* at) noexcept override { inner_.made(at); }
  std::uint64_t load(const void* at, std::uint64_t newest,
                     std::memory_order order) noexcept override {
    return inner_.load(at, newest, less(at, order, sys::acquire));
  }
  void store(const void* at, std::uint64_t before, std::uint64_t value,
             std::memory_order order) noexcept override {
    inner_.store(at, before, value, less(at, order, sys::release));
  }
  void exchange(const void* at, std::uint64_t before, std::uint64_t value,
                std::memory_order order) noexcept override {
    inner_.exchange(at, before, value, less(at, order, sys::acq_rel));
  }
  void look(const void* at, std::uint64_t newest, std::memory_order order) noexcept override {
    inner_.look(at, newest, less(at, order, sys::acquire));
  }
  bool fails_for_nothing() noexcept override { return inner_.fails_for_nothing(); }
  void fence() noexcept override {
    if (how_ != how::without_fences) inner_.fence();
  }

 private:
  std::memory_order less(const void* at, std::memory_order order,
                         std::memory_order instead) const noexcept {
    const auto place = reinterpret_cast<std::uintptr_t>(at);
    if (place < first_ || place >= last_ || how_ == how::without_fences) return order;
    if (how_ == how::everything_is_relaxed) return sys::relaxed;
    return order == sys::seq_cst ? instead : order;
  }
  sys::memory_model& inner_ = *sys::current_memory;
  std::uintptr_t first_, last_;
  how how_;
};

}  // namespace tutti::model
