// A task is awaited once, as an rvalue; a named one is moved in.
// expect: tutti::task<int>
#include <tutti/tutti.hpp>

tutti::task<int> one() { co_return 1; }

tutti::task<int> twice() {
  auto work = one();
#ifdef CONTROL
  co_return co_await std::move(work);
#else
  co_return co_await work;
#endif
}
