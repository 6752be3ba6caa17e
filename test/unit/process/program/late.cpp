/// Knows nothing of processes; opens a module that has all of them within, after it has started.
#include <cstdio>

#include <dlfcn.h>

int main(int count, char** words) {
  void* const module = count > 1 ? ::dlopen(words[1], RTLD_NOW | RTLD_LOCAL) : nullptr;
  if (module == nullptr) {
    std::fprintf(stderr, "%s\n", ::dlerror());
    return 2;
  }
  const auto run = reinterpret_cast<int (*)(int)>(::dlsym(module, "late_pool"));
  return run != nullptr && run(3) == 0 ? 0 : 1;
}
