// What a non-const reference changes would be changed in the other process only.
// expect: take a value and return the result
#include <tutti/process/process_pool.hpp>

#ifdef CONTROL
int next(int x);
#else
int next(int& x);
#endif
int ask(tutti::process_pool& pool, int x) { return pool.submit(next, x).get(); }
