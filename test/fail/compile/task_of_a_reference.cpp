// A task's value is an object; a reference would outlive what it refers to.
// expect: tasks give values; return a pointer or std::reference_wrapper
#include <tutti/tutti.hpp>

#ifdef CONTROL
tutti::task<int> value() { co_return 1; }
#else
int number = 1;
tutti::task<int&> value() { co_return number; }
#endif
