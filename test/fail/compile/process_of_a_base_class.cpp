// Members of a base cannot be named from outside.
// expect: an aggregate with a base class cannot be walked: make the base a member
#include <tutti/process/process_pool.hpp>

#include <string>

struct named {
  std::string name;
};
#ifdef CONTROL
struct job {
  named who;
  int id;
};
#else
struct job : named {
  int id;
};
#endif
int work(job j);
int ask(tutti::process_pool& pool) { return pool.submit(work, job{{"x"}, 1}).get(); }
