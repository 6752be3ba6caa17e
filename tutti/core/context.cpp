#include <tutti/core/context.hpp>

#include <algorithm>
#include <new>

#include <tutti/core/task_cell.hpp>

namespace tutti::detail {
namespace {
context* copy_of(const context* from) {
  auto* made = new context;
  if (from != nullptr) {
    made->name = from->name;
    made->entries = from->entries;
  }
  return made;
}
}  // namespace

context_ref::context_ref(context* adopted) noexcept : p_(adopted) {}

const context* context_ref::get() const noexcept { return static_cast<const context*>(p_); }

void context_ref::destroy(context_count* p) noexcept { delete static_cast<context*>(p); }

context_ref context_ref::with_name(std::string_view name) const {
  context* made = copy_of(get());
  context_ref out(made);
  made->name = name;
  return out;
}

context_ref context_ref::with_value(const void* key, const char* label, const std::type_info& type,
                                    value held) const {
  context* made = copy_of(get());
  context_ref out(made);
  const auto at = std::find_if(made->entries.begin(), made->entries.end(),
                               [key](const context::entry& e) { return e.key == key; });
  if (at != made->entries.end()) {
    at->held = std::move(held);
  } else {
    made->entries.push_back({key, label, &type, std::move(held)});
  }
  return out;
}

context_ref context_ref::without_value(const void* key) const {
  context* made = copy_of(get());
  context_ref out(made);
  std::erase_if(made->entries, [key](const context::entry& e) { return e.key == key; });
  return out;
}

context_ref& current_context() noexcept { return current_cell().context; }

void put_back(const void* key, const context_ref& former, const context_ref& made) noexcept {
  context_ref& here = current_context();
  if (here.get() != made.get()) {
    try {
      const context::entry* const before = former ? former.get()->find(key) : nullptr;
      here = before != nullptr ? here.with_value(key, before->label, *before->type, before->held)
                               : here.without_value(key);
      return;
    } catch (const std::bad_alloc&) {
    }
  }
  here = former;
}

}  // namespace tutti::detail
