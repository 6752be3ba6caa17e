/// \file
/// The counted pointer through which work holds its context.
#pragma once

#include <memory>
#include <string_view>
#include <typeinfo>
#include <utility>

#include <tutti/sys/atomic.hpp>

namespace tutti::detail {

class context;

/// How many hold a context: what copying the pointer needs to know of it.
///
/// Threads:  counted from anywhere.
/// Lifetime: the base of a context; the last holder destroys both.
/// Wakes:    nobody.
/// Order:    what the other holders read happens before the last one destroys it.
/// Cancel:   does not wait.
struct context_count {
  sys::atomic<unsigned> holders{1};
};

/// A counted pointer to a context; empty in most programs, then copying costs nothing.
class context_ref {
 public:
  using value = std::shared_ptr<void>;

  context_ref() noexcept = default;
  explicit context_ref(context* adopted) noexcept;
  context_ref(const context_ref& other) noexcept : p_(other.p_) {
    if (p_ != nullptr) p_->holders.fetch_add(1, sys::relaxed);
  }
  context_ref(context_ref&& other) noexcept : p_(std::exchange(other.p_, nullptr)) {}
  context_ref& operator=(context_ref other) noexcept {
    std::swap(p_, other.p_);
    return *this;
  }
  ~context_ref() {
    // pairs: context.holders
    if (p_ != nullptr && p_->holders.fetch_sub(1, sys::acq_rel) == 1) destroy(p_);
  }
  const context* get() const noexcept;
  explicit operator bool() const noexcept { return p_ != nullptr; }

  /// A copy that differs in one thing; the original stays as it is.
  context_ref with_name(std::string_view name) const;
  context_ref with_value(const void* key, const char* label, const std::type_info& type,
                         value held) const;
  context_ref without_value(const void* key) const;

 private:
  static void destroy(context_count* p) noexcept;
  context_count* p_ = nullptr;  ///< the base of a context
};

}  // namespace tutti::detail
