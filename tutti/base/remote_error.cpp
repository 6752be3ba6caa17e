#include <tutti/base/remote_error.hpp>

namespace tutti {

worker_crashed::worker_crashed(const std::string& text, int signal, int exit_code,
                               std::string_view task, std::string_view output)
    : error(text),
      signal_(signal),
      exit_code_(exit_code),
      texts_(std::make_shared<const std::pair<std::string, std::string>>(task, output)) {}

remote_error::remote_error(std::string_view type, const std::string& what,
                           std::string_view traceback)
    : error(what),
      texts_(std::make_shared<const std::pair<std::string, std::string>>(type, traceback)) {}

}  // namespace tutti
