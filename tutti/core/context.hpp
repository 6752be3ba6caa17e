/// \file
/// What travels with work: its name and the values of context variables, copied at every spawn and
/// submit.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include <tutti/core/detail/context_ref.hpp>

namespace tutti {

namespace detail {

/// One immutable set of values, shared by every task that inherited it.
///
/// Threads:  immutable after it was published; the count may change anywhere.
/// Lifetime: counted.
/// Wakes:    nobody.
/// Order:    release on the last drop, acquire before destruction.
/// Cancel:   nothing to cancel.
class context : public context_count {
 public:
  using value = context_ref::value;
  struct entry {
    const void* key;
    const char* label;
    const std::type_info* type;  ///< of what is held: who takes it elsewhere has to know
    value held;
  };
  std::string name;
  std::vector<entry> entries;

  const entry* find(const void* key) const noexcept {
    for (const entry& e : entries)
      if (e.key == key) return &e;
    return nullptr;
  }
};

/// The running task's (or thread's) context.
context_ref& current_context() noexcept;

/// Gives the variable `key` the value it had in `former`. Needs no memory while the context is
/// still the one that was `made` by setting it; if that was changed meanwhile and there is no
/// memory, the context as it was `former` is put back as a whole.
void put_back(const void* key, const context_ref& former, const context_ref& made) noexcept;

}  // namespace detail

/// A value that follows work: set in a task (or thread), seen by everything it calls and by copy by
/// everything it spawns, gathers, submits or moves to another executor afterwards.
///
/// Threads: any; each task and each thread has its own. The variable outlives its use (make it a
///          global).
/// ```
/// tutti::context_var<std::string> request_id{"request_id", "-"};
/// auto restore = request_id.set("42");   // until `restore` is destroyed
/// ```
/// Source: Python's `contextvars` (PEP 567).
template <class T>
class context_var {
 public:
  explicit context_var(const char* label, T initial = T())
      : label_(label), initial_(std::move(initial)) {}
  context_var(const context_var&) = delete;
  context_var& operator=(const context_var&) = delete;

  /// The value here: the nearest set one, else the initial one.
  T get() const {
    const detail::context_ref& here = detail::current_context();
    if (here) {
      if (const auto* entry = here.get()->find(this))
        return *static_cast<const T*>(entry->held.get());
    }
    return initial_;
  }

  /// Puts the former value back when it is destroyed, in the task that made it.
  class [[nodiscard]] restorer {
   public:
    restorer(const context_var& variable, detail::context_ref former) noexcept
        : variable_(&variable), former_(std::move(former)), made_(detail::current_context()) {}
    restorer(restorer&& other) noexcept
        : variable_(std::exchange(other.variable_, nullptr)),
          former_(std::move(other.former_)),
          made_(std::move(other.made_)) {}
    restorer& operator=(restorer&&) = delete;
    ~restorer() {
      if (variable_ != nullptr) detail::put_back(variable_, former_, made_);
    }

   private:
    const context_var* variable_;
    detail::context_ref former_;  // as it was before
    detail::context_ref made_;    // as set() left it
  };

  restorer set(T value) {
    detail::context_ref& here = detail::current_context();
    detail::context_ref former = here;
    here = here.with_value(this, label_, typeid(T), std::make_shared<T>(std::move(value)));
    return restorer(*this, std::move(former));
  }

  const char* label() const noexcept { return label_; }

 private:
  const char* label_;
  T initial_;
};

}  // namespace tutti
