/// \file
/// What follows work into another process: the submitter's name, deadline and context variables.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include <tutti/core/context.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/wire/bytes.hpp>

namespace tutti::detail {

class pool_call;

/// Is there anything that has to go along with this call, submitted here?
bool has_baggage(const pool_call& call) noexcept;
/// Writes it, filled up so that what follows is aligned as at the beginning: also what a worker
/// needs to find the call's functions.
void write_baggage(wire::byte_writer& out, const pool_call& call);

/// In the worker: the running thread has what its submitter had, from construction to destruction.
///
/// Threads:  one.
/// Lifetime: around one call.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   past the deadline, checkpoints in between throw.
class unpacked_baggage {
 public:
  /// Takes the baggage out of `in`. `named`: the submitter's name is taken over, too.
  unpacked_baggage(wire::byte_reader& in, bool named);
  unpacked_baggage(const unpacked_baggage&) = delete;
  unpacked_baggage& operator=(const unpacked_baggage&) = delete;
  ~unpacked_baggage();

 private:
  task_cell& self_;
  context_ref former_;
  std::optional<cancel_node> scope_;
};

}  // namespace tutti::detail
