/// \file
/// The modules host and workers agree on: those that were loaded when the zygote was made.
#pragma once

#include <tutti/wire/function_id.hpp>

namespace tutti::detail {

/// Read once, before the first fork, so that numbers mean the same on both sides.
const wire::module_map& known_modules();

/// The name of a function across processes; throws tutti::error for code in a module that workers
/// do not have.
wire::function_id function_id_of(const void* code);

}  // namespace tutti::detail
