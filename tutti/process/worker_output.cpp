#include <tutti/process/worker_output.hpp>

#include <string>

#include <tutti/process/backend/os.hpp>

namespace tutti {

void log_to_stderr(const worker_line& line) noexcept try {
  std::string text(line.worker);
  text += '[';
  text += std::to_string(line.pid);
  text += "]: ";
  text += line.text;
  text += '\n';
  detail::os::complain(text);
} catch (...) {
  // Out of memory: a line is lost.
}

}  // namespace tutti
