/// \file
/// The modules host and workers agree on: those that were loaded when the zygote was made, by their
/// order; those that were opened later, by path and build id.
#pragma once

#include <cstdint>
#include <string>

#include <tutti/wire/bytes.hpp>
#include <tutti/wire/function_id.hpp>

namespace tutti::detail {

/// Read once, before the first fork, so that numbers mean the same on both sides.
const wire::module_map& known_modules();

/// The name of a function across processes; throws tutti::error for what lies in no module.
wire::function_id function_id_of(const void* code);

/// Does it lie in a module that workers may have to open first?
bool is_in_late_module(wire::function_id id) noexcept;
/// What a worker needs to find this function: nothing for the modules it has anyway.
void write_module(wire::byte_writer& out, wire::function_id id);
/// In the worker: opens the module if it is not open yet. Throws tutti::error if that fails, or if
/// the file is another one than the host has open.
void take_module(wire::byte_reader& in);

/// Where a function is here; null if its module is not.
const void* locate_function(wire::function_id id);

}  // namespace tutti::detail
