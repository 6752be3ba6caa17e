// Every access spells its order: the house's atomic has no default.
// expect clang: too few arguments to function call
// expect g++: no matching function for call to 'tutti::sys::atomic<int>::load()'
#include <tutti/sys/atomic.hpp>

int read(tutti::sys::atomic<int>& a) {
#ifdef CONTROL
  return a.load(tutti::sys::relaxed);
#else
  return a.load();
#endif
}
