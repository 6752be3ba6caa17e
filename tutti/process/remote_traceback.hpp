/// \file
/// Where an exception was thrown in a worker.
#pragma once

#include <exception>
#include <string>

namespace tutti {

/// The functions of the worker that `e` came from, innermost first, a line each:
/// `NAME (MODULE+0x12)`, as symbol tables and demangling have it; what was inlined is not there,
/// and a debugger or `addr2line` finds the line. `error_text(e)` has them, too, and
/// `remote_error::traceback()`.
///
/// Empty for exceptions that came from no worker and for what is made in this process for a worker
/// that died. A worker of `sandbox::compute_only` cannot
/// read symbol tables and gives numbers only. Costs nothing unless something is thrown.
/// ```
/// catch (const std::exception& e) { log(e.what(), tutti::remote_traceback()); }
/// ```
/// Source: the text that Python's process pools chain to exceptions.
std::string remote_traceback(const std::exception_ptr& e = std::current_exception());

}  // namespace tutti
