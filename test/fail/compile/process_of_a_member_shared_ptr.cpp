// Ownership is counted in one process.
// expect: shared ownership (shared_ptr, weak_ptr) cannot cross to another process
// expect note: value\.(\w+::)?model
#include <tutti/wire/crossing.hpp>

#include <memory>
#include <string>

struct job {
  int id;
#ifdef CONTROL
  std::unique_ptr<std::string> model;
#else
  std::shared_ptr<std::string> model;
#endif
};
static_assert((tutti::wire::require_crossing<job>(), true));
