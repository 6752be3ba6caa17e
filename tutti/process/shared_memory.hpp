/// \file
/// `shared_memory`: memory with a name in the system, for programs that are not parent and child.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <tutti/process/backend/os.hpp>

namespace tutti {

/// Named shared memory. Between a program and its workers shared_array needs no name and leaves
/// nothing behind.
///
/// Threads:  the bytes are everybody's; who writes when is the programs' to arrange.
/// Lifetime: the name goes with the object that create() gave, the memory with the last object that
/// maps it. Wakes:    nobody. Order:    as said under Threads. Cancel:   does not apply. Source:
/// `multiprocessing.shared_memory.SharedMemory`.
class shared_memory {
 public:
  /// `bytes` of zeroed memory. Throws std::system_error, EEXIST if the name is taken.
  static shared_memory create(std::string_view name, std::size_t bytes);
  /// Throws std::system_error, ENOENT if there is none.
  static shared_memory open(std::string_view name);

  shared_memory(shared_memory&& other) noexcept;
  shared_memory& operator=(shared_memory&& other) noexcept;
  ~shared_memory();

  std::span<std::byte> span() const noexcept { return {map_.data(), map_.size()}; }
  std::size_t size() const noexcept { return map_.size(); }
  const std::string& name() const noexcept { return name_; }

 private:
  shared_memory(std::string name, detail::os::mapping map, bool owns_name) noexcept;

  std::string name_;
  detail::os::mapping map_;
  bool owns_name_;
};

}  // namespace tutti
