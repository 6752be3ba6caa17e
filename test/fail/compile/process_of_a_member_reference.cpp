// A member that is a reference refers to the wrong memory.
// expect: a reference cannot cross to another process
// expect note: job
#include <tutti/wire/crossing.hpp>

struct job {
  int id;
#ifdef CONTROL
  int counter;
#else
  int& counter;
#endif
};
static_assert((tutti::wire::require_crossing<job>(), true));
