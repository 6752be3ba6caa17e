// Two thousand short jobs: a pool switches threads at least five times less often than a thread for
// each job.
// rows: 004-27 000-40
#include <tutti/tutti.hpp>

#include <atomic>

#include <sys/resource.h>

#include "acceptance.hpp"

constexpr int jobs = 2000;

long switches() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return use.ru_nvcsw + use.ru_nivcsw;
}

int main() {
  std::atomic<int> done = 0;
  auto job = [&done] { ++done; };
  const long start = switches();
  for (int i = 0; i < jobs; ++i) tutti::thread{job}.join();
  const long with_threads = switches() - start;
  long with_pool = 0;
  {
    tutti::thread_pool pool;
    const long before = switches();
    tutti::parallel_for(pool, 0, jobs, [&](int) { job(); });
    with_pool = switches() - before;
  }
  std::printf("a thread for each job: %ld switches; a pool: %ld\n", with_threads, with_pool);
  require(done == 2 * jobs, "every job was done twice");
  require(with_pool * 5 <= with_threads, "a pool switches at least five times less");
}
