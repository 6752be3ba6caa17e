#include <tutti/process/detail/pool_call.hpp>

#include <tutti/process/backend/os.hpp>

namespace tutti::detail {

std::string pool_call::name() const {
  return code != nullptr ? os::function_name(code) : std::string(type_name);
}

}  // namespace tutti::detail
