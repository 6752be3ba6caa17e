#include <tutti/process/shared_memory.hpp>

#include <utility>

namespace tutti {

shared_memory::shared_memory(std::string name, detail::os::mapping map, bool owns_name) noexcept
    : name_(std::move(name)), map_(std::move(map)), owns_name_(owns_name) {}

shared_memory shared_memory::create(std::string_view name, std::size_t bytes) {
  std::string own(name);
  const sys::descriptor fd = detail::os::create_named(own, bytes);
  return {std::move(own), detail::os::mapping(fd.get(), bytes, true), true};
}

shared_memory shared_memory::open(std::string_view name) {
  std::string own(name);
  const sys::descriptor fd = detail::os::open_named(own);
  const std::size_t bytes = detail::os::size_of(fd.get());
  return {std::move(own), detail::os::mapping(fd.get(), bytes, true), false};
}

shared_memory::shared_memory(shared_memory&& other) noexcept
    : name_(std::move(other.name_)),
      map_(std::move(other.map_)),
      owns_name_(std::exchange(other.owns_name_, false)) {}

shared_memory& shared_memory::operator=(shared_memory&& other) noexcept {
  if (this != &other) {
    const shared_memory old = std::move(*this);
    name_ = std::move(other.name_);
    map_ = std::move(other.map_);
    owns_name_ = std::exchange(other.owns_name_, false);
  }
  return *this;
}

shared_memory::~shared_memory() {
  if (owns_name_) detail::os::remove_name(name_);
}

}  // namespace tutti
