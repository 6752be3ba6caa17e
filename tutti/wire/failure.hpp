/// \file
/// Exceptions to bytes and back: what a task threw over there is thrown again here.
#pragma once

#include <exception>

#include <tutti/wire/bytes.hpp>

namespace tutti::wire {

/// Writes what `failure` holds: dynamic type, text, error code, what it nests, members of a group.
/// Never throws for what the exception is; runs out of memory at worst.
void encode_failure(byte_writer& out, const std::exception_ptr& failure);

/// Makes the exception again: the standard exception types and tutti's own as themselves (with what
/// they nest, error codes of the known categories included), everything else as `remote_error` with
/// type and text. Bytes that make no sense give a `wire_error` *in* the pointer: an undecodable
/// failure is a failure too, never a hang.
std::exception_ptr decode_failure(byte_reader& in) noexcept;

}  // namespace tutti::wire
