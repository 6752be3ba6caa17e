#include <tutti/process/detail/own_name.hpp>

#include <string>

#include <tutti/core/this_task.hpp>
#include <tutti/process/backend/os.hpp>

namespace tutti::detail {

void set_own_name(std::string_view name) {
  os::name_this_process(name);
  set_process_name(std::string(name));
}

}  // namespace tutti::detail
