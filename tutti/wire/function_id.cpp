#include <tutti/wire/function_id.hpp>

namespace tutti::wire {

std::optional<function_id> module_map::identify(const void* address) const noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (std::size_t i = 0; i < modules_.size(); ++i)
    if (at >= modules_[i].begin && at < modules_[i].end)
      return function_id{static_cast<std::uint32_t>(i), 0, at - modules_[i].begin};
  return std::nullopt;
}

const void* module_map::locate(function_id id) const noexcept {
  if (id.module >= modules_.size()) return nullptr;
  const module_entry& module = modules_[id.module];
  if (id.offset >= module.end - module.begin) return nullptr;
  return reinterpret_cast<const void*>(module.begin +
                                       id.offset);  // NOLINT: this is what an id stands for
}

}  // namespace tutti::wire
