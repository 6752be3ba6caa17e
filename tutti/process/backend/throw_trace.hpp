/// \file
/// Where an exception was thrown, found out while the stack is still there.
#pragma once

#include <exception>
#include <string>

#include <tutti/base/function.hpp>

namespace tutti::detail {

/// Nothing is ever thrown that this catches:
/// ```
/// try { … } catch (const throw_trace&) { } catch (...) { report(text_of_last_throw()); }
/// ```
/// The C++ runtime looks for a handler before it unwinds anything, and asks the type of each one on
/// its way. This type notes who called whom, and says no. That costs nothing until something is
/// thrown and caught by nobody below; then some microseconds.
///
/// Source: the two phases of the Itanium C++ ABI's exception handling; cpptrace does the same.
class throw_trace {
 public:
  virtual ~throw_trace();  // defined nowhere, so that the type's own description is not either

  /// Once, before the first such handler is in force.
  static void arm();
};

/// The functions that the last such exception of this thread came from, innermost first, a line
/// each: `NAME (MODULE+0x12)`. Empty if there is none. Reads symbol tables.
std::string text_of_last_throw();

/// What something threw, and where: `trace` as above. Null: nothing.
struct traced_failure {
  std::exception_ptr error;
  std::string trace;
};
traced_failure failure_of(function_ref<void()> run);

}  // namespace tutti::detail
