// tutti's processes: versus_processes BENCH. Python's peers are in processes_peer.py.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <tutti/tutti.hpp>

#include "report.hpp"

namespace {

using namespace std::chrono_literals;

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "wrong answer: %s\n", what);
  std::exit(1);
}

long square(long x) { return x * x; }
int plus_one(int x) { return x + 1; }
void crash() { std::raise(SIGSEGV); }
std::vector<double> negate(std::vector<double> v) {
  for (double& x : v) x = -x;
  return v;
}
void touch(tutti::shared_array<double> a) { a.span()[0] += 1; }

/// The median of what `once` measures, in seconds.
template <class Once>
void median(const char* bench, int times, Once once) {
  std::vector<double> all;
  for (int i = 0; i < times; ++i) all.push_back(once());
  std::sort(all.begin(), all.end());
  bench::say_ns(bench, "tutti", all[all.size() / 2], 1);
}

void round_trip(const char* bench, bool spin) {
  constexpr long trips = 20'000;
  tutti::process_pool pool{{.workers = 1, .spin = spin}};
  must(pool.submit(square, 3L).get() == 9, bench);
  const double start = bench::now();
  for (long i = 0; i < trips; ++i) must(pool.submit(square, i).get() == i * i, bench);
  bench::say_ns(bench, "tutti", bench::now() - start, trips);
}

void cold(const char* bench, bool spin) {
  tutti::process_pool pool{{.workers = 1, .spin = spin}};
  must(pool.submit(square, 3L).get() == 9, "cold");
  median(bench, 300, [&] {
    std::this_thread::sleep_for(2ms);
    const double start = bench::now();
    must(pool.submit(square, 3L).get() == 9, "cold");
    return bench::now() - start;
  });
}

void many(const char* bench, bool spin) {
  constexpr int calls = 200'000;
  tutti::process_pool pool{{.workers = 2, .spin = spin}};
  must(pool.submit(plus_one, 1).get() == 2, "many");
  std::vector<tutti::future<int>> all;
  all.reserve(calls);
  const double start = bench::now();
  for (int i = 0; i < calls; ++i) all.push_back(pool.submit(plus_one, i));
  for (int i = 0; i < calls; ++i)
    must(all[static_cast<std::size_t>(i)].get() == i + 1, "many");
  bench::say_ns(bench, "tutti", bench::now() - start, calls);
}

void map() {
  constexpr int items = 5'000'000;
  tutti::process_pool pool{{.workers = 2}};
  const std::vector<int> inputs(items, 1);
  must(pool.map(plus_one, inputs).get().size() == inputs.size(), "map");
  const double start = bench::now();
  const std::vector<int> got = pool.map(plus_one, inputs).get();
  const double seconds = bench::now() - start;
  must(got.back() == 2, "map");
  bench::say_ns("process_map", "tutti", seconds, items);
}

void start() {
  median("process_start", 51, [] {
    const double from = bench::now();
    tutti::process_pool pool{{.workers = 2}};
    auto a = pool.submit(square, 3L);
    auto b = pool.submit(square, 4L);
    must(a.get() + b.get() == 25, "start");
    return bench::now() - from;
  });
}

void crashed() {
  tutti::process_pool pool{{.workers = 2}};
  median("process_crash", 101, [&] {
    must(pool.submit(square, 3L).get() == 9, "crash");
    std::this_thread::sleep_for(1ms);
    const double from = bench::now();
    try {
      pool.submit(crash).get();
      must(false, "crash");
    } catch (const tutti::worker_crashed&) {
    }
    return bench::now() - from;
  });
}

void crash_and_go_on() {
  tutti::process_pool pool{{.workers = 1}};
  median("process_crash_next", 101, [&] {
    const double from = bench::now();
    try {
      pool.submit(crash).get();
    } catch (const tutti::worker_crashed&) {
    }
    must(pool.submit(square, 3L).get() == 9, "crash");
    return bench::now() - from;
  });
}

void late() {
  tutti::process_pool pool{{.workers = 1, .task_timeout = 10ms}};
  const auto endless = [] {
    volatile int i = 0;
    while (i == 0) {
    }
  };
  median("process_kill_late", 31, [&] {
    must(pool.submit(square, 3L).get() == 9, "late");
    const double from = bench::now();
    try {
      pool.submit(endless).get();
    } catch (const tutti::timeout_error&) {
    }
    return bench::now() - from - 0.010;
  });
}

void vector_of(std::size_t bytes, const char* bench, int times) {
  tutti::process_pool pool{{.workers = 1}};
  const std::vector<double> sent(bytes / sizeof(double), 1.0);
  must(pool.submit(negate, sent).get()[0] == -1, "vector");
  median(bench, times, [&] {
    const double from = bench::now();
    must(pool.submit(negate, sent).get().back() == -1, "vector");
    return bench::now() - from;
  });
}

void shared() {
  tutti::process_pool pool{{.workers = 1}};
  tutti::shared_array<double> array{(std::size_t{100} << 20) / sizeof(double)};
  for (double& x : array.span()) x = 1;
  pool.submit(touch, array).get();
  median("process_shared_100m", 1001, [&] {
    const double from = bench::now();
    pool.submit(touch, array).get();
    return bench::now() - from;
  });
}

void mutex() {
  constexpr int rounds = 2'000'000;
  tutti::process_mutex m;
  const double from = bench::now();
  for (int i = 0; i < rounds; ++i) {
    m.lock();
    m.unlock();
  }
  bench::say_ns("process_mutex", "tutti", bench::now() - from, rounds);
}

void queue() {
  constexpr int items = 200'000;
  tutti::process_queue<int> q{1 << 16};
  tutti::process producer{"producer",
                          [](tutti::process_queue<int> to, int n) {
                            for (int i = 0; i < n; ++i) to.put(i);
                          },
                          q, items};
  must(q.get() == 0, "queue");
  const double from = bench::now();
  for (int i = 1; i < items; ++i) must(q.get() == i, "queue");
  bench::say_ns("process_queue", "tutti", bench::now() - from, items - 1);
}

}  // namespace

int main(int count, char** words) {
  const std::string_view what = count > 1 ? words[1] : "";
  if (what == "process_round_trip")
    round_trip("process_round_trip", true);
  else if (what == "process_round_trip_asleep")
    round_trip("process_round_trip_asleep", false);
  else if (what == "process_cold")
    cold("process_cold", true);
  else if (what == "process_cold_asleep")
    cold("process_cold_asleep", false);
  else if (what == "process_many")
    many("process_many", true);
  else if (what == "process_many_asleep")
    many("process_many_asleep", false);
  else if (what == "process_map")
    map();
  else if (what == "process_start")
    start();
  else if (what == "process_crash")
    crashed();
  else if (what == "process_crash_next")
    crash_and_go_on();
  else if (what == "process_kill_late")
    late();
  else if (what == "process_vector_100m")
    vector_of(std::size_t{100} << 20, "process_vector_100m", 11);
  else if (what == "process_vector_1m")
    vector_of(std::size_t{1} << 20, "process_vector_1m", 201);
  else if (what == "process_shared_100m")
    shared();
  else if (what == "process_mutex")
    mutex();
  else if (what == "process_queue")
    queue();
  else
    return 2;
}
