// A thread belongs to its process.
// expect: a lock, condition, thread or coroutine handle cannot cross to another process
// expect note: value\.(\w+::)?helper
#include <tutti/wire/crossing.hpp>

#include <thread>

struct job {
  int id;
#ifdef CONTROL
  int helper;
#else
  std::thread helper;
#endif
};
static_assert((tutti::wire::require_crossing<job>(), true));
