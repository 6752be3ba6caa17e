// A lock guards the memory of one process.
// expect: a lock, condition, thread or coroutine handle cannot cross to another process
// expect: use process_mutex
// expect note: value\.(\w+::)?guard
#include <tutti/process/process_pool.hpp>

#include <mutex>

#include <tutti/process/process_mutex.hpp>

struct job {
  int id;
#ifdef CONTROL
  tutti::process_mutex guard;
#else
  std::mutex guard;
#endif
};
int work(job j);
int ask(tutti::process_pool& pool, job&& j) { return pool.submit(work, std::move(j)).get(); }
