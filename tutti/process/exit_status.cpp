#include <tutti/process/exit_status.hpp>

#include <tutti/process/backend/os.hpp>

namespace tutti {

std::string exit_status::text() const {
  if (signal_ != 0) return "killed by " + detail::os::signal_text(signal_);
  return "exited with code " + std::to_string(code_);
}

}  // namespace tutti
