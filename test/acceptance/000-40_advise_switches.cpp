// rows: 000-40
// links: tutti_cli_parts
// 2,000 short jobs: a pool of two threads switches at least five times less than a thread for each
// job, by the kernel's own count; and advise prints that count for any program.
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <tutti/cli/advise/report.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/thread/thread.hpp>
#include <tutti/thread/thread_pool.hpp>

namespace {

constexpr int jobs = 2000;
tutti::sys::atomic<std::uint64_t> sum{0};

void one_job(int i) { sum.fetch_add(static_cast<std::uint64_t>(i), std::memory_order_relaxed); }

long switches_of(void (*work)()) {
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  work();
  getrusage(RUSAGE_SELF, &after);
  return after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw;
}

void a_thread_for_each() {
  for (int i = 0; i < jobs; ++i) {
    tutti::thread("job", one_job, i).join();
  }
}

void a_pool_of_two() {
  tutti::thread_pool pool({.threads = 2});
  std::vector<tutti::future<void>> all;
  for (int i = 0; i < jobs; ++i) all.push_back(pool.submit(one_job, i));
  for (tutti::future<void>& one : all) one.get();
}

}  // namespace

int main() {
  using namespace tutti::cli::advise;
  const long each = switches_of(a_thread_for_each);
  const long pooled = switches_of(a_pool_of_two);
  std::printf("a thread for each job: %ld switches, a pool of two: %ld\n", each, pooled);
  constexpr std::uint64_t expected = 2ULL * (jobs - 1) * jobs / 2;
  const bool is_complete = sum.load(std::memory_order_relaxed) == expected;
  report r;
  r.f.voluntary = static_cast<double>(each);
  r.f.voluntary_per_s = static_cast<double>(each);
  const bool is_printed =
      text_report(r, {}).find(std::to_string(each) + " voluntary") != std::string::npos;
  if (is_complete && is_printed && each >= 5 * pooled) return 0;
  std::fprintf(stderr, "complete %d, printed %d, %ld against %ld\n", is_complete, is_printed, each,
               pooled);
  return 1;
}
