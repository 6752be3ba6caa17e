#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/process/backend/os.hpp>

namespace tutti::detail::os {
namespace {

/// The build id in a segment of notes; empty if it has none.
std::string build_id_in(const char* at, std::size_t bytes) {
  constexpr std::size_t alignment = 4;
  const auto padded = [](std::size_t n) { return (n + alignment - 1) / alignment * alignment; };
  while (bytes >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, at, sizeof note);
    const std::size_t name = padded(note.n_namesz);
    const std::size_t whole = sizeof note + name + padded(note.n_descsz);
    if (whole > bytes) break;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
        std::memcmp(at + sizeof note, "GNU", 4) == 0)
      return {at + sizeof note + name, note.n_descsz};
    at += whole;
    bytes -= whole;
  }
  return {};
}

int note_module(dl_phdr_info* info, std::size_t, void* into) {
  auto& modules = *static_cast<std::vector<loaded_module>*>(into);
  loaded_module module;
  module.path = info->dlpi_name != nullptr ? info->dlpi_name : "";
  std::uintptr_t low = UINTPTR_MAX;
  std::uintptr_t high = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    const std::uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_NOTE && module.build_id.empty())
      module.build_id = build_id_in(reinterpret_cast<const char*>(begin), header.p_memsz);
    if (header.p_type != PT_LOAD) continue;
    if (begin < low) low = begin;
    if (begin + header.p_memsz > high) high = begin + header.p_memsz;
  }
  if (high > low) {
    module.begin = low;
    module.end = high;
    modules.push_back(std::move(module));
  }
  return 0;
}

std::string demangled(const char* name) {
  int status = 0;
  char* text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string result = status == 0 && text != nullptr ? text : name;
  std::free(text);
  // "square(int)" names the overload; the task is called "square", and so is the one in
  // "shapes::(anonymous namespace)::square(int)".
  constexpr std::string_view nameless = "(anonymous namespace)::";
  for (std::size_t at = result.find(nameless); at != result.npos; at = result.find(nameless))
    result.erase(at, nameless.size());
  if (const std::size_t open = result.find('(');
      open != result.npos && open > 0 && result.find('<') == result.npos)
    result.erase(open);
  return result;
}

/// A file mapped to be read; empty if that fails.
struct mapped_file {
  explicit mapped_file(const char* path) {
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    struct stat about;
    if (::fstat(fd, &about) == 0 && about.st_size > 0) {
      void* at =
          ::mmap(nullptr, static_cast<std::size_t>(about.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
      if (at != MAP_FAILED) {
        data = static_cast<const char*>(at);
        size = static_cast<std::size_t>(about.st_size);
      }
    }
    ::close(fd);
  }
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  ~mapped_file() {
    if (data != nullptr) ::munmap(const_cast<char*>(data), size);
  }
  template <class T>
  const T* at(std::size_t offset, std::size_t count = 1) const {
    if (offset > size || count > (size - offset) / sizeof(T)) return nullptr;
    return reinterpret_cast<const T*>(data + offset);
  }
  const char* data = nullptr;
  std::size_t size = 0;
};

/// Looks `address` (relative to the image's first byte) up in the static symbol table of a file.
std::string symbol_in_file(const char* path, std::uintptr_t offset) {
  const mapped_file file{path};
  const auto* head = file.at<ElfW(Ehdr)>(0);
  if (head == nullptr) return {};
  const auto* programs = file.at<ElfW(Phdr)>(head->e_phoff, head->e_phnum);
  const auto* sections = file.at<ElfW(Shdr)>(head->e_shoff, head->e_shnum);
  if (programs == nullptr || sections == nullptr) return {};
  std::uintptr_t first = UINTPTR_MAX;
  for (int i = 0; i < head->e_phnum; ++i)
    if (programs[i].p_type == PT_LOAD && programs[i].p_vaddr < first) first = programs[i].p_vaddr;
  const std::uintptr_t wanted = offset + first;
  for (int i = 0; i < head->e_shnum; ++i) {
    if (sections[i].sh_type != SHT_SYMTAB || sections[i].sh_link >= head->e_shnum) continue;
    const auto& names = sections[sections[i].sh_link];
    const std::size_t count = sections[i].sh_size / sizeof(ElfW(Sym));
    const auto* symbols = file.at<ElfW(Sym)>(sections[i].sh_offset, count);
    if (symbols == nullptr || file.at<char>(names.sh_offset, names.sh_size) == nullptr) continue;
    for (std::size_t k = 0; k < count; ++k) {
      const auto& symbol = symbols[k];
      if ((symbol.st_info & 0xf) == STT_FUNC && wanted >= symbol.st_value &&
          wanted < symbol.st_value + (symbol.st_size != 0 ? symbol.st_size : 1) &&
          symbol.st_name < names.sh_size)
        return demangled(file.data + names.sh_offset + symbol.st_name);
    }
  }
  return {};
}

std::string place_in(const loaded_module& module, std::uintptr_t at) {
  char text[32];
  std::snprintf(text, sizeof text, "+0x%zx", static_cast<std::size_t>(at - module.begin));
  return (module.path.empty() ? std::string("program") : module.path) + text;
}

}  // namespace

std::vector<loaded_module> loaded_modules() {
  std::vector<loaded_module> modules;
  ::dl_iterate_phdr(&note_module, &modules);
  return modules;
}

std::string real_path(const std::string& path) {
  char* const found = ::realpath(path.c_str(), nullptr);
  std::string result = found != nullptr ? found : path;
  std::free(found);
  return result;
}

void open_module(const std::string& path) {
  if (::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr)
    throw error("a worker cannot open the module of the function it was given: " +
                std::string(::dlerror()));
}

std::string function_name(const void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (const loaded_module& module : loaded_modules()) {
    if (at < module.begin || at >= module.end) continue;
    const bool program = module.path.empty();
    std::string name =
        symbol_in_file(program ? "/proc/self/exe" : module.path.c_str(), at - module.begin);
    if (!name.empty()) return name;
    Dl_info info;
    if (::dladdr(address, &info) != 0 && info.dli_sname != nullptr)
      return demangled(info.dli_sname);
    return "function at " + place_in(module, at);
  }
  return "unknown function";
}

const std::string& kept_function_name(const void* address) {
  constexpr std::size_t names_max = 4096;
  static thread_local std::unordered_map<const void*, std::string> known;
  if (known.size() >= names_max) known.clear();
  auto at = known.find(address);
  if (at == known.end()) at = known.emplace(address, function_name(address)).first;
  return at->second;
}

std::string place_of(const void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (const loaded_module& module : loaded_modules())
    if (at >= module.begin && at < module.end) return place_in(module, at);
  return "nowhere";
}

}  // namespace tutti::detail::os
