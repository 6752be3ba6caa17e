#include <tutti/process/detail/modules.hpp>

#include <string>
#include <utility>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/process/backend/os.hpp>

namespace tutti::detail {

const wire::module_map& known_modules() {
  static const wire::module_map* const map = [] {
    std::vector<wire::module_entry> entries;
    for (os::loaded_module& m : os::loaded_modules())
      entries.push_back({std::move(m.path), {}, m.begin, m.end});
    return new wire::module_map(
        std::move(entries));  // never destroyed: the last pool may be static
  }();
  return *map;
}

wire::function_id function_id_of(const void* code) {
  const auto id = known_modules().identify(code);
  if (!id)
    throw error(
        "this function lies in a module that was loaded after the program started, so workers do "
        "not have it: "
        "link the module to the program, or submit a function of the program that opens it");
  return *id;
}

}  // namespace tutti::detail
