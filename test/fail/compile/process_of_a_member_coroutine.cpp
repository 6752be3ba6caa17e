// A coroutine lies in the memory of its process.
// expect: a lock, condition, thread or coroutine handle cannot cross to another process
// expect note: value\.(\w+::)?resume_me
#include <tutti/wire/crossing.hpp>

#include <coroutine>

struct job {
  int id;
#ifdef CONTROL
  int resume_me;
#else
  std::coroutine_handle<> resume_me;
#endif
};
static_assert((tutti::wire::require_crossing<job>(), true));
