// A task that nobody awaits never runs; dropping one is said by the compiler.
// expect: a task does nothing until it is awaited, spawned or run
#include <tutti/tutti.hpp>

tutti::task<> work() { co_return; }

tutti::task<> caller() {
#ifdef CONTROL
  co_await work();
#else
  work();
#endif
  co_return;
}
