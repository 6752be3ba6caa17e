// What the machine itself takes, without any library: versus_floors BENCH. Two processes that look
// at shared memory all the time, or sleep on it; copies of as many bytes as have to be copied.
#include <algorithm>
#include <atomic>
#include <string_view>
#include <vector>

#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "report.hpp"

namespace {

struct board {
  std::atomic<std::uint32_t> asked{0};
  alignas(128) std::atomic<std::uint32_t> answered{0};
};
constexpr std::uint32_t no_more = ~0U;

void wait_on(std::atomic<std::uint32_t>& word, std::uint32_t old) {
  ::syscall(SYS_futex, &word, FUTEX_WAIT, old, nullptr, nullptr, 0);
}
void wake(std::atomic<std::uint32_t>& word) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}
std::uint32_t next(std::atomic<std::uint32_t>& word, std::uint32_t old, bool sleeps) {
  for (;;) {
    const std::uint32_t now = word.load();
    if (now != old) return now;
    if (sleeps) wait_on(word, old);
  }
}

/// The median round trip; `pause_ns` before each.
void round_trips(const char* bench, int times, bool sleeps, long pause_ns) {
  void* const memory = ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  bench::must(memory != MAP_FAILED, "memory");
  board& b = *new (memory) board;
  const pid_t other = ::fork();
  if (other == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (std::uint32_t seen = 0;;) {
      seen = next(b.asked, seen, sleeps);
      if (seen == no_more) ::_exit(0);
      b.answered.store(seen);
      if (sleeps) wake(b.answered);
    }
  }
  std::vector<double> all;
  for (std::uint32_t i = 1; i <= static_cast<std::uint32_t>(times); ++i) {
    if (pause_ns != 0) {
      const timespec pause{0, pause_ns};
      ::nanosleep(&pause, nullptr);
    }
    const double from = bench::now();
    b.asked.store(i);
    if (sleeps) wake(b.asked);
    bench::must(next(b.answered, i - 1, sleeps) == i, "round trip");
    all.push_back(bench::now() - from);
  }
  b.asked.store(no_more);
  wake(b.asked);
  ::waitpid(other, nullptr, 0);
  std::sort(all.begin(), all.end());
  bench::say_ns(bench, "floor", all[all.size() / 2], 1);
}

/// Four copies, as an argument and a result need: into shared memory and out of it, twice.
void copies(const char* bench, std::size_t bytes, int times) {
  std::vector<char> here(bytes, 1);
  std::vector<char> shared(bytes, 2);
  std::vector<double> all;
  for (int i = 0; i < times; ++i) {
    const double from = bench::now();
    for (int k = 0; k < 2; ++k) {
      std::memcpy(shared.data(), here.data(), bytes);
      std::memcpy(here.data(), shared.data(), bytes);
      asm volatile("" ::: "memory");
    }
    all.push_back(bench::now() - from);
  }
  bench::must(here.back() == 1, "copies");
  std::sort(all.begin(), all.end());
  bench::say_ns(bench, "floor", all[all.size() / 2], 1);
}

}  // namespace

int main(int count, char** words) {
  const std::string_view what = count > 1 ? words[1] : "";
  if (what == "process_round_trip")
    round_trips("process_round_trip", 200'000, false, 0);
  else if (what == "process_round_trip_asleep")
    round_trips("process_round_trip_asleep", 20'000, true, 0);
  else if (what == "process_cold")
    round_trips("process_cold", 300, true, 2'000'000);
  else if (what == "process_cold_asleep")
    round_trips("process_cold_asleep", 300, true, 2'000'000);
  else if (what == "process_vector_1m")
    copies("process_vector_1m", std::size_t{1} << 20, 201);
  else if (what == "process_vector_100m")
    copies("process_vector_100m", std::size_t{100} << 20, 11);
  else
    return 2;
}
