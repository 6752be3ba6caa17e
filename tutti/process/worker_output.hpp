/// \file
/// Where the output of workers goes.
#pragma once

#include <string_view>

namespace tutti {

/// `inherited`: workers write to the program's own standard output and error, as threads would.
/// `logged`: what they write to either arrives line by line in the program's log, each line with
/// the worker's name and pid, in order per worker and before the task that wrote it ends; what a
/// worker wrote last is in the `worker_crashed` of its task.
enum class worker_output : unsigned char { inherited, logged };

/// One line of a worker's output, without its end. The texts live as long as the call that gets
/// them.
struct worker_line {
  std::string_view worker;  ///< its name
  int pid = 0;
  std::string_view text;
};

/// Where lines go unless a pool is given another function: `NAME[PID]: TEXT` on standard error, in
/// one write.
void log_to_stderr(const worker_line& line) noexcept;

}  // namespace tutti
