/// One way of having workers per run, named by the first argument; ends with 0 if it held.
#include <tutti/process/process_pool.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tutti/process/backend/zygote.hpp>
#include <tutti/process/process.hpp>

#include "children.hpp"

__attribute__((noinline, used)) int find_price(int key) {
  if (key == 1) throw std::out_of_range("no such key");
  return key;
}
__attribute__((noinline, used)) int total(int key) { return find_price(key) + 1; }

namespace {

using tutti::process_pool;
using tutti::start_method;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "did not hold: %s\n", what);
  std::exit(1);
}

int prepared = 1;  // main changes it
int mains = 0;
int see() { return prepared * 10 + mains; }
int square(int x) { return x * x; }
void crash() { std::raise(SIGABRT); }

int signal_of_a_crash(process_pool& pool) {
  try {
    pool.submit(crash).get();
  } catch (const tutti::worker_crashed& e) {
    return e.signal();
  }
  return 0;
}

void fork_copies_what_main_prepared() {
  prepared = 2;
  {
    process_pool pool{{.workers = 2, .start = start_method::fork}};
    prepared = 3;
    require(pool.submit(see).get() == 21, "workers have what was there when the pool was made");
    require(signal_of_a_crash(pool) == SIGABRT, "a crash is told");
    require(pool.submit(see).get() == 21, "so have those that come later");
    process_pool usual{{.workers = 1}};
    require(usual.submit(see).get() == 10, "other pools have what was there before main");
    require(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD, "no child is visible");
  }
  require(children().size() == 1, "only the zygote of the program is left");
}

void fork_is_refused_with_threads() {
  std::thread other([] { ::pause(); });
  other.detach();
  try {
    process_pool pool{{.workers = 1, .start = start_method::fork}};
    require(false, "it is refused");
  } catch (const tutti::error& e) {
    require(std::strstr(e.what(), "without other threads") != nullptr, "with a sentence");
  }
}

void spawn_starts_anew_whatever_threads_there_are() {
  prepared = 2;
  std::thread other([] { ::pause(); });
  other.detach();
  {
    process_pool pool{{.workers = 2, .start = start_method::spawn}};
    require(pool.submit(see).get() == 10, "workers have nothing of main's, and ran none");
    require(pool.submit([] { return ::getenv("TUTTI_ZYGOTE") == nullptr; }).get(),
            "nothing is left in their environment");
    require(signal_of_a_crash(pool) == SIGABRT, "a crash is told");
    require(pool.map(square, std::vector{1, 2, 3}).get() == std::vector{1, 4, 9}, "it goes on");
    const auto nested = [](int x) {
      process_pool inner{{.workers = 1}};
      return inner.submit(square, x).get();
    };
    require(pool.submit(nested, 3).get() == 9, "a pool inside of a worker");
  }
  require(children().size() <= 1, "only the zygote of the program is left");
}

void spawned_in_a_thread_that_ends() {
  std::unique_ptr<process_pool> pool;
  std::thread([&] {
    pool = std::make_unique<process_pool>(
        tutti::process_pool_options{.workers = 1, .start = start_method::spawn});
    pool->submit(square, 1).get();
  }).join();
  for (int i = 0; i < 100; ++i) require(pool->submit(square, i).get() == i * i, "it lives on");
  require(pool->stats().restarts == 0, "no worker ended with the thread");
}

void a_lost_zygote_is_made_again_among_threads() {
  process_pool first{{.workers = 1}};
  ::kill(tutti::detail::zygote::zygote_id(), SIGKILL);
  require(first.submit(square, 2).get() == 4, "its workers go on");
  require(signal_of_a_crash(first) == SIGABRT, "a crash is told");
  require(first.submit(square, 3).get() == 9, "the next worker comes from a new one");
  process_pool second{{.workers = 1}};
  require(second.submit(square, 4).get() == 16, "and so do those of the next pool");
}

/// Kernels since 6.15 tell how a process ended whose status somebody else has taken.
bool statuses_are_remembered() {
  utsname about;
  int major = 0;
  int minor = 0;
  if (::uname(&about) != 0 || std::sscanf(about.release, "%d.%d", &major, &minor) != 2)
    return false;
  return major > 6 || (major == 6 && minor >= 15);
}

int signals_seen = 0;
void all_ways_serve() {
  for (const start_method start : {start_method::zygote, start_method::spawn}) {
    process_pool pool{{.workers = 2, .start = start}};
    const bool may_be_lost = start == start_method::spawn && !statuses_are_remembered();
    for (int i = 0; i < 3; ++i) {
      const int signal = signal_of_a_crash(pool);
      require(signal == SIGABRT || (may_be_lost && signal == SIGKILL),
              "a crash is told with its signal");
      require(pool.submit(square, i).get() == i * i, "the pool goes on");
    }
  }
}
void a_host_that_ignores_sigchld() {
  std::signal(SIGCHLD, SIG_IGN);
  all_ways_serve();
}
void a_host_that_handles_sigchld() {
  std::signal(SIGCHLD, [](int) { ++signals_seen; });
  {
    process_pool pool{{.workers = 2}};
    require(signal_of_a_crash(pool) == SIGABRT, "a crash is told");
  }
  require(signals_seen == 0, "workers of a zygote raise no signal");
  all_ways_serve();
}
void a_host_that_waits_for_any() {
  process_pool pool{{.workers = 2}};
  std::thread waiter([] {
    for (;;) ::waitpid(-1, nullptr, 0);  // takes whatever it can get
  });
  waiter.detach();
  all_ways_serve();
  require(signal_of_a_crash(pool) == SIGABRT, "a crash is told");
}

void a_crash_costs_one_call(process_pool& pool) {
  tutti::future<void> lost = pool.submit(crash);
  tutti::future<int> next = pool.submit(square, 3);
  try {
    lost.get();
    require(false, "it dies");
  } catch (const tutti::worker_crashed&) {
  }
  require(next.get() == 9, "the other worker goes on");
}
/// Really without: not a fault injected.
void a_host_without_descriptors() {
  // Everything once before: the undefined-behaviour sanitizer opens a pipe to look at an object
  // of a type that it has not met.
  {
    process_pool other{{.workers = 2}};
    a_crash_costs_one_call(other);
  }
  require(std::system_error(EMFILE, std::system_category()).code().message() ==
              std::system_error(EMFILE, std::generic_category()).code().message(),
          "one text");
  process_pool pool{{.workers = 2}};
  require(pool.submit(square, 2).get() == 4, "it serves");
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 3;
  ::setrlimit(RLIMIT_NOFILE, &none);
  try {
    process_pool more{{.workers = 1}};
    require(false, "no new pool");
  } catch (const std::system_error& e) {
    require(e.code().value() == EMFILE, "with the system's error");
  }
  a_crash_costs_one_call(pool);
  ::setrlimit(RLIMIT_NOFILE, &before);
  require(signal_of_a_crash(pool) == SIGABRT, "a crash is told");
  require(pool.submit(square, 4).get() == 16, "and the pool is whole again");
}

/// In a module that was opened before there was any pool: no worker has it.
void modules_opened_before_the_first_pool() {
  void* const module = ::dlopen(PLUGIN_3, RTLD_NOW | RTLD_LOCAL);
  require(module != nullptr, "the module is there");
  const auto three = reinterpret_cast<int (*)(int)>(::dlsym(module, "plugin_times"));
  for (const start_method start : {start_method::zygote, start_method::spawn}) {
    process_pool pool{{.workers = 1, .start = start}};
    require(pool.submit(three, 2).get() == 6, "workers open it, too");
    require(pool.submit(square, 3).get() == 9, "and have what the program began with");
  }
}

/// A host that forks: the copy may end as it likes, and has no workers.
void a_fork_of_the_host() {
  std::optional<process_pool> pool{tutti::process_pool_options{.workers = 1}};
  const auto sleep = [] {
    for (;;) ::pause();
  };
  std::optional<tutti::process> sleeper{std::in_place, "sleeper", sleep};
  require(pool->submit(square, 2).get() == 4, "it serves");
  const pid_t copy = ::fork();
  if (copy == 0) {
    int code = 3;
    try {
      static_cast<void>(pool->submit(square, 3));
    } catch (const tutti::error& e) {
      code = std::strstr(e.what(), "belongs to the process that made it") != nullptr ? 0 : 2;
    }
    pool.reset();  // as exit() does with those that are static
    sleeper.reset();
    ::_exit(code);  // a sanitizer would look for threads here that are the original's
  }
  int status = 0;
  require(::waitpid(copy, &status, 0) == copy && WIFEXITED(status) && WEXITSTATUS(status) == 0,
          "the copy is refused with a sentence, and ends");
  require(pool->submit(square, 4).get() == 16, "the original serves");
  require(pool->stats().restarts == 0, "and has lost nobody");
  require(sleeper->alive(), "nor has the other process been ended");
}

/// For whoever reads our standard error.
void a_process_complains() {
  require(tutti::process{"bee", total, 1}.join().code() == 1, "it ends by its exception");
}

std::string refusal;
struct too_early {
  too_early() {
    try {
      process_pool pool{{.workers = 1}};
    } catch (const tutti::error& e) {
      refusal = e.what();
    }
  }
};
const too_early early;
void before_main_is_refused() {
  require(refusal.find("cannot be made before main: make it in main") != refusal.npos,
          "a pool in a global constructor is refused with a sentence");
  process_pool pool{{.workers = 1}};
  require(pool.submit(square, 3).get() == 9, "and later it works");
}

void cores_are_shared_with_nested_pools() {
  process_pool pool{{.workers = 2}};
  const auto width = [] {
    process_pool inner{};
    return inner.size();
  };
  const unsigned outside = process_pool{}.size();
  const unsigned inside = pool.submit(width).get();
  require(inside == (outside / 2 == 0 ? 1 : outside / 2), "a worker of two has half of the cores");
}

std::atomic<int> ticks{0};  // any thread may be the one that is interrupted
void tick_every(long microseconds) {
  struct sigaction handled{};
  handled.sa_handler = [](int) { ticks.fetch_add(1); };
  handled.sa_flags = 0;  // without SA_RESTART: system calls are interrupted
  ::sigaction(SIGALRM, &handled, nullptr);
  itimerval timer{};
  timer.it_interval.tv_usec = timer.it_value.tv_usec = microseconds;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}
/// As a profiler does.
void a_host_that_is_interrupted_all_the_time() {
  process_pool pool{{.workers = 2}};
  require(pool.submit(square, 3).get() == 9, "it serves");
  tick_every(50);
  for (int i = 0; i < 300; ++i) {
    tutti::process other{"other", square, i};
    require(other.join().ok(), "processes are made");
  }
  require(pool.stats().restarts == 0, "and that ends no worker");
  tick_every(1000);
  const std::string large(std::size_t{64} << 20, 'x');
  require(pool.submit([](std::string s) { return s.size(); }, large).get() == large.size(),
          "large memory is had at last");
  tick_every(0);
  require(ticks != 0, "it was interrupted");
}

struct way {
  const char* name;
  void (*run)();
};
const way ways[] = {
    {"fork", &fork_copies_what_main_prepared},
    {"fork_refused", &fork_is_refused_with_threads},
    {"spawn", &spawn_starts_anew_whatever_threads_there_are},
    {"spawn_in_a_thread", &spawned_in_a_thread_that_ends},
    {"lost_zygote", &a_lost_zygote_is_made_again_among_threads},
    {"sigchld_ignored", &a_host_that_ignores_sigchld},
    {"sigchld_handled", &a_host_that_handles_sigchld},
    {"wait_for_any", &a_host_that_waits_for_any},
    {"no_descriptors", &a_host_without_descriptors},
    {"interrupted", &a_host_that_is_interrupted_all_the_time},
    {"early_module", &modules_opened_before_the_first_pool},
    {"forked_host", &a_fork_of_the_host},
    {"complaint", &a_process_complains},
    {"before_main", &before_main_is_refused},
    {"nested_cores", &cores_are_shared_with_nested_pools},
};

}  // namespace

int main(int count, char** words) {
  ++mains;
  for (const way& one : ways) {
    if (count < 2 || std::strcmp(words[1], one.name) != 0) continue;
    one.run();
    return 0;
  }
  return 2;
}
