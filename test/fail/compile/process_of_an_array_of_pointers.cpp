// Results are looked at as arguments are.
// expect: a raw pointer cannot cross to another process
// expect note: value\.(\w+::)?names
#include <tutti/process/process_pool.hpp>

#include <string>

struct table {
#ifdef CONTROL
  std::string names[4];
#else
  const char* names[4];
#endif
};
table make();
table ask(tutti::process_pool& pool) { return pool.submit(make).get(); }
