// A span owns nothing, and says so from inside of a container as well.
// expect: a view (string_view, span, ...) cannot cross to another process
// expect note: value\.(\w+::)?parts
#include <tutti/wire/crossing.hpp>

#include <span>
#include <vector>

struct job {
  int id;
#ifdef CONTROL
  std::vector<std::vector<int>> parts;
#else
  std::vector<std::span<int>> parts;
#endif
};
static_assert((tutti::wire::require_crossing<job>(), true));
