// What it costs that every primitive asks for a simulation: built once as it is and once without
// the question (TUTTI_WITHOUT_SEAM); bench/seam.py runs both in turns and prints the ratios.
#include <tutti/tutti.hpp>

#include <string_view>

#include "versus/report.hpp"

namespace {

#if defined(TUTTI_WITHOUT_SEAM)
constexpr const char* build = "without";
#else
constexpr const char* build = "with";
#endif
constexpr int n = 4'000'000;

template <class Step>
void measure(const char* name, Step step) {
  const double start = bench::now();
  for (int i = 0; i < n; ++i) step();
  bench::say_ns(name, build, bench::now() - start, n);
}

tutti::task<> nothing() { co_return; }
tutti::task<> awaits() {
  for (int i = 0; i < n; ++i) co_await nothing();
}

}  // namespace

int main() {
  tutti::mutex m;
  measure("mutex", [&] {
    m.lock();
    m.unlock();
  });
  tutti::semaphore s{1};
  measure("semaphore", [&] {
    s.acquire();
    s.release();
  });
  tutti::queue<int> q;
  measure("queue", [&] {
    q.put(1);
    (void)q.get();
  });
  tutti::event e;
  measure("event", [&] {
    e.set();
    e.wait();
    e.clear();
  });
  measure("clock", [] { (void)tutti::clock::now(); });
  const double start = bench::now();
  tutti::run(awaits());
  bench::say_ns("await", build, bench::now() - start, n);
}
