/// \file
/// A recording of when tasks began and ended, for https://ui.perfetto.dev or chrome://tracing.
#pragma once

#include <string>

namespace tutti::observe {

/// Begins to record; `stop_trace` writes the file. At most a million events are kept, the rest is
/// counted. Throws `error` if a recording is under way. Starting at once by the environment
/// (TUTTI_TRACE) is not there yet.
void start_trace(const std::string& path);
/// Ends the recording and writes it as trace events in JSON. Throws std::system_error if the file
/// cannot be written. Without a recording it does nothing.
void stop_trace();

}  // namespace tutti::observe
