// A lambda's captures live in the lambda, not in the coroutine: a temporary one is gone before the
// stored task runs. What the coroutine needs is passed as an argument.
// expect: temporary whose address is used as value of local variable 'work' will be destroyed
// only clang: version 19 knows the rule, with -DTUTTI_LIFETIME_CHECKS=1
#define TUTTI_LIFETIME_CHECKS 1
#include <tutti/tutti.hpp>

#include <utility>

tutti::task<int> caller(int x) {
#ifdef CONTROL
  auto work = [](int value) -> tutti::task<int> { co_return value; }(x);
#else
  auto work = [x]() -> tutti::task<int> { co_return x; }();
#endif
  co_return co_await std::move(work);
}
