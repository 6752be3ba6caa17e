#include <tutti/base/assert.hpp>

#include <cstdio>
#include <cstdlib>

namespace tutti::detail {
namespace {
failure_note note = nullptr;  // fixed before main
}

void set_failure_note(failure_note n) noexcept { note = n; }

void fail(const char* file, int line, const char* text) noexcept {
  std::fprintf(stderr, "tutti: %s (%s:%d)\n", text, file, line);
  if (note != nullptr) note();
  std::fflush(stderr);
  std::abort();
}

}  // namespace tutti::detail
