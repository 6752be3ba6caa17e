// How fast the laboratory is: schedules of about a hundred steps, and a day of a cron with nothing
// to do. Beside each stands the same in real life, so that the figures are ratios.
#include <chrono>
#include <cstdio>
#include <string_view>

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include "versus/report.hpp"

namespace lab = tutti::testing;

namespace {

constexpr std::uint64_t schedules = 50'000;
constexpr int real_runs = 2'000;
constexpr int rounds = 12;  // of two threads with a lock: about 100 steps

void hundred_steps() {
  tutti::mutex m;
  int x = 0;
  const auto add = [&] {
    for (int i = 0; i < rounds; ++i) {
      m.lock();
      ++x;
      m.unlock();
    }
  };
  {
    tutti::thread a{"a", add};
    tutti::thread b{"b", add};
  }
  lab::check(x == 2 * rounds);
}

void explore_against_real_threads() {
  lab::options how{.schedules = schedules};
  const double start = bench::now();
  const lab::report r = lab::explore(how, hundred_steps);
  const double simulated = (bench::now() - start) / static_cast<double>(schedules);
  const double real_start = bench::now();
  for (int i = 0; i < real_runs; ++i) hundred_steps();
  const double real = (bench::now() - real_start) / real_runs;
  std::printf("{\"bench\":\"explore\",\"steps\":%llu,\"schedules_per_second\":%.0f,"
              "\"simulated_runs_per_real_run\":%.2f}\n",
              static_cast<unsigned long long>(r.steps), 1 / simulated, real / simulated);
}

tutti::task<> a_day() { co_await tutti::sleep(std::chrono::hours(24)); }

void a_day_of_cron() {
  constexpr double day = 24 * 60 * 60;
  const double start = bench::now();
  long ticks = 0;
  lab::run_virtual([](long& n) -> tutti::task<> {
    tutti::cron every_minute{"* * * * *", [&n] { ++n; }};
    co_await a_day();
  }(ticks));
  const double took = bench::now() - start;
  std::printf("{\"bench\":\"day_of_cron\",\"ticks\":%ld,\"seconds\":%.4f,\"faster\":%.0f}\n", ticks,
              took, day / took);
}

}  // namespace

int main() {
  explore_against_real_threads();
  a_day_of_cron();
}
