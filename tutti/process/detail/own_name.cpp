#include <tutti/process/detail/own_name.hpp>

#include <tutti/process/backend/os.hpp>

namespace tutti::detail {

void set_own_name(std::string_view name) { os::name_this_process(name); }

}  // namespace tutti::detail
