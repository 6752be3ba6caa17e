/// Workers killed at random under load, checked against a journal that every task writes to; hosts
/// killed; workers that scribble over what they share. TUTTI_SOAK=N: N deaths instead of a few.
#include <tutti/process/process_pool.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <tutti/core/sleep.hpp>
#include <tutti/process/subprocess.hpp>
#include <tutti/runtime/run.hpp>

#include "../../unit/process/program/children.hpp"

namespace {

using tutti::process_pool;

int deaths_wanted(int few) {
  const char* const soak = std::getenv("TUTTI_SOAK");
  return soak != nullptr ? std::max(few, std::atoi(soak)) : few;
}
unsigned seed() {
  const char* const given = std::getenv("TUTTI_SEED");
  const unsigned s = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : 1;
  std::printf("TUTTI_SEED=%u\n", s);
  return s;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* const folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}
std::size_t shared_mappings() {
  std::ifstream in("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(in, line);)
    if (line.find("memfd:tutti-") != line.npos) ++count;
  return count;
}

struct entry {
  int task;
  int pid;
};
volatile unsigned computed = 0;
/// Begins with a line in the journal; ends with a result that only this task can have.
std::string work(int task, std::string journal, std::size_t length, unsigned rounds) {
  const int fd = ::open(journal.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  const entry line{task, ::getpid()};
  if (::write(fd, &line, sizeof line) != static_cast<ssize_t>(sizeof line)) std::abort();
  ::close(fd);
  for (unsigned i = 0; i < rounds; ++i) computed = computed + i;  // so that most deaths strike some
  return std::string(length, static_cast<char>('a' + task % 26)) + std::to_string(task);
}

class storm : public testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/tutti-journal-XXXXXX";
    const int fd = ::mkstemp(path);
    ASSERT_GE(fd, 0);
    ::close(fd);
    journal_ = path;
  }
  void TearDown() override { ::unlink(journal_.c_str()); }
  std::map<int, int> starts() const {
    std::ifstream in(journal_, std::ios::binary);
    std::map<int, int> count;
    for (entry line; in.read(reinterpret_cast<char*>(&line), sizeof line);) ++count[line.task];
    return count;
  }
  std::string journal_;
};

TEST_F(storm, every_task_has_one_outcome_and_nothing_leaks) {
  const int wanted = deaths_wanted(150);
  std::mt19937 random{seed()};
  {
    const process_pool warm_up{{.workers = 1}};  // the zygote's socket, for one, is here to stay
  }
  const std::size_t descriptors = open_descriptors();
  const std::size_t mappings = shared_mappings();
  const std::vector<int> before = children();
  int next_task = 0;
  int crashed = 0;
  {
    process_pool pool{{.workers = 3}};
    while (static_cast<int>(pool.stats().restarts) < wanted) {
      std::vector<std::pair<int, tutti::future<std::string>>> batch;
      // Fewer than the starts that may fail in a row: on a slow machine all of a batch's victims
      // may be workers that have just been made.
      int kills_left = 4;
      const auto perhaps_kill = [&] {
        if (kills_left == 0 || random() % 60 != 0) return;
        --kills_left;
        std::vector<int> victims = children();
        std::erase_if(victims, [&](int pid) { return std::ranges::count(before, pid) != 0; });
        if (!victims.empty()) ::kill(victims[random() % victims.size()], SIGKILL);
      };
      for (int i = 0; i < 200; ++i) {
        const std::size_t length = random() % 4 == 0 ? random() % 20'000 : random() % 60;
        const unsigned rounds = static_cast<unsigned>(random() % 50'000);
        batch.emplace_back(next_task, pool.submit(work, next_task, journal_, length, rounds));
        ++next_task;
        if (i < 40) perhaps_kill();  // idle, or not awake yet
      }
      for (auto& [task, result] : batch) {
        perhaps_kill();  // at work
        try {
          const std::string text = result.get();
          const std::size_t digits = std::to_string(task).size();
          ASSERT_EQ(text.substr(text.size() - digits), std::to_string(task));
        } catch (const tutti::worker_crashed& e) {
          ASSERT_EQ(e.signal(), SIGKILL);
          ++crashed;
        }
      }
    }
    const auto stats = pool.stats();
    EXPECT_EQ(stats.done, static_cast<std::size_t>(next_task));
    EXPECT_EQ(stats.queued + stats.running, 0U);
    std::printf("%d tasks, %zu deaths, %d tasks lost with their worker\n", next_task,
                stats.restarts, crashed);
    EXPECT_LE(crashed, static_cast<int>(stats.restarts));
  }
  int started = 0;
  for (const auto& [task, times] : starts()) {
    EXPECT_EQ(times, 1) << "task " << task;  // without retries nothing runs twice
    ++started;
  }
  EXPECT_LE(started, next_task);
  EXPECT_GE(started, next_task - crashed);
  EXPECT_EQ(open_descriptors(), descriptors);
  EXPECT_EQ(shared_mappings(), mappings);
  EXPECT_EQ(children(), before);
}

TEST_F(storm, a_random_scribbler_harms_nobody_else) {
  std::mt19937 random{seed()};
  process_pool pool{{.workers = 2}};
  const auto scribble = [](unsigned s, int writes) {
    std::mt19937 here{s};
    std::ifstream maps("/proc/self/maps");
    std::vector<std::pair<std::uintptr_t, std::uintptr_t>> shared;
    for (std::string line; std::getline(maps, line);) {
      if (line.find("memfd:tutti-lane") == line.npos) continue;
      std::uintptr_t begin = 0;
      std::uintptr_t end = 0;
      if (std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) == 2) shared.emplace_back(begin, end);
    }
    for (int i = 0; i < writes; ++i) {
      const auto [begin, end] = shared[here() % shared.size()];
      *reinterpret_cast<unsigned char*>(begin + here() % (end - begin)) =
          static_cast<unsigned char>(here());
    }
    std::raise(SIGKILL);
  };
  for (int round = 0; round < deaths_wanted(60); ++round) {
    const std::size_t deaths = pool.stats().restarts;
    auto bad = pool.submit(scribble, static_cast<unsigned>(random()), 1 << (random() % 14));
    std::vector<tutti::future<std::string>> others;
    for (int i = 0; i < 8; ++i)
      others.push_back(pool.submit(work, i, journal_, std::size_t{i % 2 == 0 ? 10U : 5000U}, 0U));
    try {
      bad.get();
    } catch (const std::exception&) {
      // Whatever it forged, it is its own task's.
    }
    for (auto& one : others) {
      try {
        one.get();
      } catch (const std::exception&) {
        // It may have lain in the same lane.
      }
    }
    // It may have answered before it has done its worst.
    while (pool.stats().restarts == deaths) std::this_thread::yield();
    ASSERT_EQ(pool.submit([](int x) { return x + 1; }, round).get(), round + 1);
  }
}

tutti::task<double> kill_a_host() {
  auto host = tutti::subprocess::start({HOST_PROGRAM});
  const std::optional<std::string> line = co_await host.out().read_line();
  std::vector<int> pids;
  for (const char* at = line ? line->c_str() : ""; *at != '\0';) {
    char* end = nullptr;
    pids.push_back(static_cast<int>(std::strtol(at, &end, 10)));
    for (at = end; *at == ' ';) ++at;
  }
  EXPECT_EQ(pids.size(), 4U);  // two workers, what one of them has started, and the zygote
  ::kill(host.pid(), SIGKILL);
  const auto since = std::chrono::steady_clock::now();
  const auto is_alive = [](int pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string stat;
    std::getline(in, stat);
    const std::size_t close = stat.rfind(')');
    return close != stat.npos && stat.size() > close + 2 && stat[close + 2] != 'Z';
  };
  while (std::ranges::any_of(pids, is_alive)) co_await tutti::sleep(std::chrono::microseconds(50));
  const std::chrono::duration<double, std::milli> gone = std::chrono::steady_clock::now() - since;
  co_await host.wait();
  co_return gone.count();
}

TEST(host, killed_again_and_again_leaves_no_worker) {
  std::vector<double> ms;
  for (int round = 0; round < deaths_wanted(20); ++round) ms.push_back(tutti::run(kill_a_host()));
  std::ranges::sort(ms);
  std::printf("workers gone after %.2f ms in the median, %.2f ms at most, of %zu hosts\n",
              ms[ms.size() / 2], ms.back(), ms.size());
}

}  // namespace
