// An iterator points into the memory of its process.
// expect: an iterator cannot cross to another process: pass an index or the elements themselves
// expect note: value\.(\w+::)?at
#include <tutti/wire/crossing.hpp>

#include <list>

struct job {
  int id;
#ifdef CONTROL
  std::size_t at;
#else
  std::list<int>::iterator at;
#endif
};
static_assert((tutti::wire::require_crossing<job>(), true));
