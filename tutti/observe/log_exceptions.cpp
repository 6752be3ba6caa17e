#include <tutti/observe/log_exceptions.hpp>

#include <ostream>
#include <string>

#include <tutti/core/async_trace.hpp>
#include <tutti/core/task_cell.hpp>

namespace tutti::detail {

void write_exception(std::ostream& log) noexcept try {
  const std::string record = "task \"" + current_cell().name_text() + "\": " + error_text() + '\n';
  log.write(record.data(), static_cast<std::streamsize>(record.size()));
} catch (...) {
  log.setstate(std::ios::badbit);  // no memory for the record; the stream's owner can see that
}

}  // namespace tutti::detail
