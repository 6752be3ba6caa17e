// A short critical section under tutti::mutex and std::mutex: one thread, two, or eight of them.
// Another thread is always there: glibc locks without atomics in a program that never had one.
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <tutti/tutti.hpp>

#include "report.hpp"

namespace {

template <class Mutex>
void locked_by(const char* bench, const char* peer, long threads) {
  Mutex m;
  long sum = 0;
  const long each = bench::lock_n / threads;
  const auto work = [&] {
    for (long i = 0; i < each; ++i) {
      m.lock();
      ++sum;
      m.unlock();
    }
  };
  std::thread([] {}).join();
  const double from = bench::now();
  std::vector<std::thread> others;
  for (long t = 1; t < threads; ++t) others.emplace_back(work);
  work();
  for (auto& t : others) t.join();
  bench::say_ns(bench, peer, bench::now() - from, static_cast<double>(each * threads));
  bench::must(sum == each * threads, "lock");
}

long threads_of(const std::string& what) {
  if (what == "lock_alone") return 1;
  if (what == "lock_2") return 2;
  return what == "lock_8" ? 8 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string peer = argv[1];
  const std::string what = argv[2];
  const long threads = threads_of(what);
  if (threads == 0) return 2;
  if (peer == "tutti")
    locked_by<tutti::mutex>(what.c_str(), "tutti", threads);
  else
    locked_by<std::mutex>(what.c_str(), "std::mutex", threads);
}
