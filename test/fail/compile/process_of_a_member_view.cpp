// A view owns nothing.
// expect: a view (string_view, span, ...) cannot cross to another process
// expect note: value\.(\w+::)?name
#include <tutti/wire/crossing.hpp>

#include <string>
#include <string_view>

struct job {
  int id;
#ifdef CONTROL
  std::string name;
#else
  std::string_view name;
#endif
};
static_assert((tutti::wire::require_crossing<job>(), true));
