/// \file
/// Which context variables go along with work to other processes.
#pragma once

#include <memory>
#include <typeinfo>

#include <tutti/wire/archive.hpp>
#include <tutti/wire/bytes.hpp>

namespace tutti {

namespace detail {

/// How values of one type are written down and made again.
struct context_carrier {
  const std::type_info* type;
  void (*encode)(wire::byte_writer&, const void*);
  std::shared_ptr<void> (*decode)(wire::byte_reader&);
};
/// Any number of times for a type. Always true, for an initialiser.
bool carry_context(const context_carrier& carrier);

template <class T>
context_carrier carrier_of() {
  return {&typeid(T),
          [](wire::byte_writer& out, const void* value) {
            wire::encode<T>(out, *static_cast<const T*>(value));
          },
          [](wire::byte_reader& in) -> std::shared_ptr<void> {
            return std::make_shared<T>(wire::decode<T>(in));
          }};
}

}  // namespace detail

/// Lets `context_var<T>` go along to worker processes, like those of `bool`, the integers,
/// `double`, `std::string`, `std::vector<std::string>` and durations, which do so by themselves.
///
/// A variable goes along if it is a global one and its type is known here; a task in a worker then
/// reads what its submitter had set. Others keep their initial value there. So do the submitter's
/// name (where it has one) and deadline (`this_task::name()`, `this_task::deadline()`).
///
/// Threads:  made before main.
/// Lifetime: registers for the life of the program.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   nothing to cancel.
/// ```
/// struct tenant { int id; std::string region; };
/// tutti::context_var<tenant> current_tenant{"tenant"};
/// const tutti::carried_context<tenant> tenants_go_along;   // a global object
/// ```
template <class T>
struct carried_context {
  static_assert((wire::require_crossing<T>(), true));
  carried_context() { detail::carry_context(detail::carrier_of<T>()); }
};

}  // namespace tutti
