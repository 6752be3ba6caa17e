/// \file
/// Names a function across processes: which module (program or shared library) and how far from its
/// beginning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tutti::wire {

/// The same in every process that runs the same program, wherever its modules were loaded.
struct function_id {
  std::uint32_t module = 0;
  std::uint32_t reserved = 0;
  std::uint64_t offset = 0;
  friend bool operator==(const function_id&, const function_id&) = default;
};

/// One module as a process sees it.
struct module_entry {
  std::string path;      ///< empty for the program itself
  std::string build_id;  ///< raw bytes; empty if it was linked without
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

/// The modules of a process, in the order both sides agreed on (the program first).
class module_map {
 public:
  module_map() = default;
  explicit module_map(std::vector<module_entry> modules) : modules_(std::move(modules)) {}

  /// Empty if the address lies in none of the modules (one that was loaded later, or no code at
  /// all).
  std::optional<function_id> identify(const void* address) const noexcept;
  /// Null if there is no such place: nothing is ever called that does not lie within a module.
  const void* locate(function_id id) const noexcept;
  const std::vector<module_entry>& modules() const noexcept { return modules_; }

 private:
  std::vector<module_entry> modules_;
};

}  // namespace tutti::wire
