// g++ 12 destroys what a temporary closure owns twice when the call is awaited; it is told to name
// the lambda first.
// expect: name the lambda and pass it by its name
// only g++: no other supported compiler has the fault
#include <tutti/tutti.hpp>

#include <string>

tutti::task<> caller(std::string text) {
#ifdef CONTROL
  auto body = [text](tutti::task_group&) -> tutti::task<> { co_return; };
  co_await tutti::with_task_group(body);
#else
  co_await tutti::with_task_group([text](tutti::task_group&) -> tutti::task<> { co_return; });
#endif
}
