#include <tutti/process/detail/modules.hpp>

#include <string>
#include <utility>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti::detail {
namespace {

/// Numbers of modules from here on are those of late ones.
constexpr std::uint32_t late_from = 1U << 16;
constexpr std::uint32_t late_max = 4096;

wire::module_entry entry_of(os::loaded_module&& m) {
  return {std::move(m.path), std::move(m.build_id), m.begin, m.end};
}

/// Modules opened after the program started: in the host with what it found, in a worker with what
/// the host called them and where they are here. Never shrinks: a number means one module for ever.
///
/// Threads:  any.
/// Lifetime: the program's.
/// Wakes:    nobody.
/// Order:    by the mutex.
/// Cancel:   nothing to cancel.
class late_modules {
 public:
  static late_modules& all() {
    static late_modules& own = *new late_modules;  // never destroyed: as known_modules
    return own;
  }

  /// Host: the number of the module that `code` lies in.
  wire::function_id identify(const void* code) {
    const auto at = reinterpret_cast<std::uintptr_t>(code);
    const sys::lock guard{mutex_};
    for (os::loaded_module& m : os::loaded_modules()) {
      if (at < m.begin || at >= m.end) continue;
      m.path = os::real_path(m.path);
      std::uint32_t number = 0;
      while (number < entries_.size() && !is_same(entries_[number], m)) ++number;
      if (number == entries_.size()) {
        if (number == late_max) throw error("more modules were opened than tutti can tell apart");
        entries_.push_back(entry_of(std::move(m)));
      }
      return {late_from + number, 0, at - entries_[number].begin};
    }
    throw error("this function lies in no module of the program, so workers cannot have it");
  }

  wire::module_entry entry(std::uint32_t number) {
    const sys::lock guard{mutex_};
    return number < entries_.size() ? entries_[number] : wire::module_entry{};
  }

  /// Worker: the host's module of this number is here now.
  void learn(std::uint32_t number, const std::string& path, const std::string& build_id) {
    if (number >= late_max || entry(number).end != 0) return;
    os::open_module(path);
    for (os::loaded_module& m : os::loaded_modules()) {
      if (os::real_path(m.path) != path) continue;
      if (m.build_id != build_id)
        throw error("the file of the module " + path +
                    " is not the one that the program has open: it was replaced meanwhile");
      const sys::lock guard{mutex_};
      if (entries_.size() <= number) entries_.resize(number + 1);
      entries_[number] = entry_of(std::move(m));
      return;
    }
    throw error("a worker opened the module " + path + " and cannot find it");
  }

 private:
  static bool is_same(const wire::module_entry& a, const os::loaded_module& b) {
    return a.begin == b.begin && a.path == b.path && a.build_id == b.build_id;
  }
  sys::mutex mutex_;
  std::vector<wire::module_entry> entries_ TUTTI_GUARDED_BY(mutex_);
};

}  // namespace

const wire::module_map& known_modules() {
  static const wire::module_map* const map = [] {
    std::vector<wire::module_entry> entries;
    for (os::loaded_module& m : os::loaded_modules()) entries.push_back(entry_of(std::move(m)));
    // Never destroyed: the last pool may be static.
    return new wire::module_map(std::move(entries));
  }();
  return *map;
}

wire::function_id function_id_of(const void* code) {
  const auto id = known_modules().identify(code);
  return id ? *id : late_modules::all().identify(code);
}

bool is_in_late_module(wire::function_id id) noexcept { return id.module >= late_from; }

void write_module(wire::byte_writer& out, wire::function_id id) {
  const wire::module_entry module = is_in_late_module(id)
                                        ? late_modules::all().entry(id.module - late_from)
                                        : wire::module_entry{};
  out.put_text(module.path);
  if (module.path.empty()) return;
  out.put_count(id.module - late_from);
  out.put_text(module.build_id);
}

void take_module(wire::byte_reader& in) {
  const std::string path = in.take_text();
  if (path.empty()) return;
  const std::uint64_t number = in.take_count();
  const std::string build_id = in.take_text();
  late_modules::all().learn(static_cast<std::uint32_t>(number), path, build_id);
}

const void* locate_function(wire::function_id id) {
  if (!is_in_late_module(id)) return known_modules().locate(id);
  const wire::module_entry module = late_modules::all().entry(id.module - late_from);
  if (id.offset >= module.end - module.begin) return nullptr;
  return reinterpret_cast<const void*>(module.begin + id.offset);
}

}  // namespace tutti::detail
