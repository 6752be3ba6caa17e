#include <tutti/process/detail/process_pool_core.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <numeric>

#include <tutti/base/remote_error.hpp>
#include <tutti/process/backend/zygote.hpp>
#include <tutti/process/detail/modules.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/wire/call.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cstdio>
#include <cstring>

#include "patient.hpp"

namespace {
using namespace tutti;
using namespace tutti::detail;

/// A call whose outcome a test waits for.
template <class F, class... A>
struct probe final : pool_call {
  using call = wire::remote_call<F, A...>;
  using result = typename call::result;
  probe(process_pool_core& core, F f, A... args) : core_(core) {
    const typename call::arguments values{std::move(args)...};
    entry = function_id_of(reinterpret_cast<const void*>(&call::run));
    if constexpr (std::is_pointer_v<F>) {
      code = reinterpret_cast<const void*>(f);
      target = function_id_of(code);
    }
    type_name = call::name();
    wire::byte_writer small{inside};
    call::encode_arguments(small, &values);
    length = small.total();
    if (!small.fits()) {
      block = core.take_memory(length);
      wire::byte_writer large{core.memory_at(block)};
      call::encode_arguments(large, &values);
    }
    retries_left = core.retries();
    core.submit(*this);
  }
  void succeed(wire::byte_reader& in) override {
    if constexpr (!std::is_void_v<result>) value = wire::decode<result>(in);
  }
  void fail(std::exception_ptr e) noexcept override { error = std::move(e); }
  void cancelled() noexcept override { was_cancelled = true; }
  void let_go() noexcept override { done.unpark(); }
  auto get() {
    done.park();
    if (error) std::rethrow_exception(error);
    if constexpr (!std::is_void_v<result>) return *std::move(value);
  }
  process_pool_core& core_;
  std::optional<std::conditional_t<std::is_void_v<result>, int, result>> value;
  std::exception_ptr error;
  bool was_cancelled = false;
  sys::parker done;
};
template <class F, class... A>
probe(process_pool_core&, F, A...) -> probe<F, A...>;

struct pool {
  explicit pool(process_pool_settings s = {}) {
    (void)zygote_anchor<>::requested;
    if (s.name.empty()) s.name = "test";
    if (s.workers == 1) s.workers = 2;
    core = std::make_shared<process_pool_core>(std::move(s));
    process_pool_core::start(core);
  }
  ~pool() {
    core->close(false);
    core->join();
  }
  std::shared_ptr<process_pool_core> core;
};

int square(int x) { return x * x; }
void refuse() { throw std::out_of_range("no"); }
int die(int signal) {
  std::raise(signal);
  return 0;
}
void leave(int code) { ::_exit(code); }

TEST(process_pool_core, runs_functions_elsewhere) {
  pool p;
  EXPECT_EQ(probe(*p.core, &square, 7).get(), 49);
  EXPECT_NE(probe(*p.core, [] { return static_cast<int>(::getpid()); }).get(), ::getpid());
  probe thrown(*p.core, &refuse);
  EXPECT_THROW(thrown.get(), std::out_of_range);
}

TEST(process_pool_core, large_arguments_and_results_go_through_shared_memory) {
  pool p;
  for (const std::size_t n : {10U, 100U, 1000U, 1000000U}) {
    std::vector<double> sent(n);
    std::iota(sent.begin(), sent.end(), 1);
    for (int round = 0; round < 3; ++round) {
      probe sum(
          *p.core,
          [](std::vector<double> v) {
            for (double& x : v) x = -x;
            return v;
          },
          sent);
      const auto got = sum.get();
      ASSERT_EQ(got.size(), n);
      EXPECT_EQ(got[n - 1], -static_cast<double>(n));
    }
  }
}

TEST(process_pool_core, a_death_costs_one_call_and_the_pool_goes_on) {
  pool p;
#if defined(TUTTI_ASAN) || defined(TUTTI_TSAN)
  const std::vector<int> signals{SIGKILL, SIGTERM};  // the others are the sanitizer's
#else
  const std::vector<int> signals{SIGKILL, SIGTERM, SIGSEGV, SIGABRT};
#endif
  for (const int signal : signals) {
    try {
      probe(*p.core, &die, signal).get();
      ADD_FAILURE();
    } catch (const worker_crashed& e) {
      EXPECT_EQ(e.signal(), signal);
      EXPECT_NE(e.task().find("die"), std::string::npos) << e.what();
    }
    EXPECT_EQ(probe(*p.core, &square, 3).get(), 9);
  }
  try {
    probe(*p.core, &leave, 3).get();
    ADD_FAILURE();
  } catch (const worker_crashed& e) {
    EXPECT_EQ(e.exit_code(), 3);
    EXPECT_EQ(e.signal(), 0);
  }
  EXPECT_EQ(p.core->counts().restarts, signals.size() + 1);
}

TEST(process_pool_core, the_hosts_own_wait_sees_nothing) {
  pool p;
  probe crash(*p.core, &die, SIGKILL);
  EXPECT_THROW(crash.get(), worker_crashed);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(process_pool_core, the_zygote_was_there_before_main) {
  EXPECT_FALSE(zygote::before_main());
  EXPECT_GT(zygote::zygote_id(), 0);
}

TEST(process_pool_core, an_idle_worker_may_die_too) {
  pool p;
  const auto id = [] { return static_cast<int>(::getpid()); };
  for (int round = 0; round < 5; ++round) {
    const int pid = probe(*p.core, id).get();
    end_now(pid);
    EXPECT_EQ(probe(*p.core, &square, round).get(), round * round);
  }
}

TEST(process_pool_core, workers_hold_none_of_the_hosts_descriptors) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);  // not close-on-exec on purpose
  pool p;
  const auto count = [] {
    int open = 0;
    for (int fd = 0; fd < 1024; ++fd)
      if (::fcntl(fd, F_GETFD) != -1) ++open;
    return open;
  };
  EXPECT_LE(probe(*p.core, count).get(), 3 + static_cast<int>(lane_descriptors));
  ::close(ends[1]);
  char byte;
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);  // the end of the file comes: nobody else holds it
  ::close(ends[0]);
}

TEST(process_pool_core, a_time_limit_ends_the_work_and_counts_from_its_start) {
  process_pool_settings s;
  s.task_timeout = std::chrono::milliseconds(30);
  pool p{std::move(s)};
  const auto endless = [] {
    for (;;) ::pause();
  };
  for (bool served = false; !served;) {
    probe a(*p.core, endless);
    probe b(*p.core, endless);
    probe c(*p.core, &square, 4);  // waits longer than the limit
    EXPECT_THROW(a.get(), timeout_error);
    EXPECT_THROW(b.get(), timeout_error);
    try {
      EXPECT_EQ(c.get(), 16);
      served = true;
    } catch (const timeout_error&) {
      // So short a limit may strike the innocent on a busy machine.
    }
  }
}

TEST(process_pool_core, cancel_ends_what_runs_and_takes_back_what_waits) {
  pool p;
  const auto endless = [] {
    for (;;) ::pause();
  };
  using endless_probe = probe<decltype(endless)>;
  std::vector<std::unique_ptr<endless_probe>> probes;
  for (int i = 0; i < 8; ++i) probes.push_back(std::make_unique<endless_probe>(*p.core, endless));
  for (auto& one : probes) EXPECT_TRUE(p.core->cancel(*one, true));
  for (auto& one : probes) {
    one->get();
    EXPECT_TRUE(one->was_cancelled);
  }
  EXPECT_EQ(probe(*p.core, &square, 4).get(), 16);
}

TEST(process_pool_core, a_memory_limit_is_bad_alloc) {
#if defined(TUTTI_ASAN) || defined(TUTTI_TSAN)
  GTEST_SKIP() << "sanitizers need their own memory";
#endif
  process_pool_settings s;
  s.memory_limit = std::size_t{256} << 20;
  pool p{std::move(s)};
  probe greedy(
      *p.core, [](std::size_t n) { return std::vector<char>(n, 'x').size(); },
      std::size_t{512} << 20);
  EXPECT_THROW(greedy.get(), std::bad_alloc);
  EXPECT_EQ(probe(*p.core, &square, 4).get(), 16);
  EXPECT_EQ(p.core->counts().restarts, 0U);
}

TEST(process_pool_core, an_initializer_that_throws_fails_every_call_with_its_error) {
  process_pool_settings s;
  s.initializer = [] { throw std::length_error("no model"); };
  pool p{std::move(s)};
  for (int i = 0; i < 3; ++i) {
    probe one(*p.core, &square, 1);
    EXPECT_THROW(one.get(), std::length_error);
  }
}

TEST(process_pool_core, an_initializer_that_kills_its_worker_breaks_the_pool_instead_of_looping) {
  process_pool_settings s;
  s.initializer = [] { ::_exit(1); };
  pool p{std::move(s)};
  probe one(*p.core, &square, 1);
  EXPECT_THROW(one.get(), error);
}

int prepared = 0;
TEST(process_pool_core, an_initializer_runs_in_every_worker_and_worn_out_workers_are_replaced) {
  process_pool_settings s;
  s.initializer = [] { prepared = 5; };
  s.max_tasks_per_worker = 2;
  pool p{std::move(s)};
  std::vector<int> pids;
  const auto look = [] { return std::pair(prepared, static_cast<int>(::getpid())); };
  for (int i = 0; i < 12; ++i) {
    const auto [value, pid] = probe(*p.core, look).get();
    EXPECT_EQ(value, 5);
    pids.push_back(pid);
  }
  EXPECT_EQ(prepared, 0);
  for (const int pid : pids) EXPECT_LE(std::count(pids.begin(), pids.end(), pid), 2);
}

TEST(process_pool_core, retries_repeat_only_what_died) {
  process_pool_settings s;
  s.retries = 2;
  pool p{std::move(s)};
  char path[] = "/tmp/tutti-retries-XXXXXX";
  const int fd = ::mkstemp(path);
  const auto third_time = [](std::string file) {
    const int f = ::open(file.c_str(), O_WRONLY | O_APPEND);
    if (::write(f, "x", 1) != 1 || ::lseek(f, 0, SEEK_END) < 3) ::_exit(1);
    ::close(f);
    return 3;
  };
  EXPECT_EQ(probe(*p.core, third_time, std::string(path)).get(), 3);
  probe refused(*p.core, &refuse);
  EXPECT_THROW(refused.get(), std::out_of_range);
  ::close(fd);
  ::unlink(path);
}

TEST(process_pool_core, what_waits_behind_a_long_call_moves_to_an_idle_worker) {
  pool p;
  const auto endless = [] {
    for (;;) ::pause();
  };
  probe<decltype(endless)> blocker(*p.core, endless);
  std::vector<std::unique_ptr<probe<int (*)(int), int>>> probes;
  for (int i = 0; i < 200; ++i)
    probes.push_back(std::make_unique<probe<int (*)(int), int>>(*p.core, &square, i));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(probes[static_cast<std::size_t>(i)]->get(), i * i);
  EXPECT_TRUE(p.core->cancel(blocker, true));
  blocker.get();
}

TEST(process_pool_core, a_worker_that_scribbles_over_its_lane_harms_only_its_own_call) {
  pool p;
  const auto scribble = [] {
    FILE* maps = std::fopen("/proc/self/maps", "r");
    char line[512];
    while (std::fgets(line, sizeof line, maps) != nullptr) {
      unsigned long begin = 0;
      unsigned long end = 0;
      char mode[5];
      if (std::sscanf(line, "%lx-%lx %4s", &begin, &end, mode) != 3 ||
          std::strstr(line, "tutti-lane") == nullptr)
        continue;
      for (auto* at = reinterpret_cast<unsigned*>(begin); at != reinterpret_cast<unsigned*>(end);
           ++at)
        *at = 0xdeadbeef;
    }
    std::fclose(maps);
    std::raise(SIGKILL);
  };
  for (int round = 0; round < 3; ++round) {
    probe bad(*p.core, scribble);
    EXPECT_THROW(bad.get(), worker_crashed);
    EXPECT_EQ(probe(*p.core, &square, 5).get(), 25);
  }
}

TEST(process_pool_core, hundreds_of_kills_under_load_lose_only_what_ran) {
  pool p;
  const auto work = [](int i) {
    if (i % 50 == 7) std::raise(SIGKILL);
    return std::pair(i, static_cast<int>(::getpid()));
  };
  using work_probe = probe<decltype(work), int>;
  std::vector<std::unique_ptr<work_probe>> probes;
  for (int i = 0; i < 15000; ++i) probes.push_back(std::make_unique<work_probe>(*p.core, work, i));
  int crashed = 0;
  for (int i = 0; i < 15000; ++i) {
    try {
      EXPECT_EQ(probes[static_cast<std::size_t>(i)]->get().first, i);
      EXPECT_NE(i % 50, 7);
    } catch (const worker_crashed&) {
      EXPECT_EQ(i % 50, 7);
      ++crashed;
    }
  }
  EXPECT_EQ(crashed, 300);
  EXPECT_EQ(p.core->counts().restarts, 300U);
  EXPECT_EQ(p.core->counts().queued + p.core->counts().running, 0U);
}

}  // namespace
