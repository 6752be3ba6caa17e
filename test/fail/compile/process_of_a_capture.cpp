// What runs in another process captures nothing: values are passed as arguments.
// expect: pass what it captures as arguments
#include <tutti/process/process_pool.hpp>

int twice(tutti::process_pool& pool, int x) {
#ifdef CONTROL
  return pool.submit([](int v) { return 2 * v; }, x).get();
#else
  return pool.submit([x] { return 2 * x; }).get();
#endif
}
