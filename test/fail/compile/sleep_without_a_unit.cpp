// sleep(1) would be POSIX's, which blocks the thread; a duration has a unit.
// expect clang: call to deleted function 'sleep'
// expect g++: use of deleted function 'unsigned int tutti::sleep(
#include <tutti/tutti.hpp>

#include <chrono>

tutti::task<> nap() {
#ifdef CONTROL
  co_await tutti::sleep(std::chrono::seconds(1));
#else
  co_await tutti::sleep(1);
#endif
}
