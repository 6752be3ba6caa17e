// A pointer inside of a value would point into the wrong memory, too.
// expect: a raw pointer cannot cross to another process
// expect: pass the value, a std::unique_ptr (owning)
// expect note: value\.(\w+::)?next
#include <tutti/process/process_pool.hpp>

#include <memory>

struct job {
  int id;
#ifdef CONTROL
  std::unique_ptr<job> next;
#else
  job* next;
#endif
};
int work(job j);
int ask(tutti::process_pool& pool, job&& j) { return pool.submit(work, std::move(j)).get(); }
