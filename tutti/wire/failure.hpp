/// \file
/// Exceptions to bytes and back: what a task threw over there is thrown again here.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include <tutti/wire/bytes.hpp>

namespace tutti::wire {

/// Writes what `failure` holds: dynamic type, text, error code, what it nests, members of a group.
/// Never throws for what the exception is; runs out of memory at worst. `trace` says where it was
/// thrown.
void encode_failure(byte_writer& out, const std::exception_ptr& failure,
                    std::string_view trace = {});

/// Makes the exception again: the standard exception types and tutti's own as themselves (with what
/// they nest, error codes of the known categories included), everything else as `remote_error` with
/// type and text. Bytes that make no sense give a `wire_error` *in* the pointer: an undecodable
/// failure is a failure too, never a hang. Where it was thrown, if that was said, goes to `trace`
/// and to the `traceback()` of a remote_error.
std::exception_ptr decode_failure(byte_reader& in, std::string* trace = nullptr) noexcept;

}  // namespace tutti::wire
