/// Workers that forge what they share with their host: it survives, blames them, and nobody else
/// notices.
#include <tutti/process/process_pool.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <tutti/process/detail/lane.hpp>
#include <tutti/process/process_barrier.hpp>
#include <tutti/process/process_queue.hpp>
#include <tutti/process/process_semaphore.hpp>
#include <tutti/process/shared_array.hpp>

#include "patient.hpp"

namespace {

using namespace std::chrono_literals;
using tutti::process_pool;
using tutti::detail::answer_kind;
using tutti::detail::cell_state;
using tutti::detail::lane;

enum class forgery {
  no_kind,
  outside,
  endless,
  ready_again,
  skipped,
  of_a_process,
  more_than_asked,
  undecodable,
  count
};
enum class then { die, stay, go_on, count };

/// In a worker: the memory it shares with its host.
lane* own_lane() {
  std::FILE* const maps = std::fopen("/proc/self/maps", "r");
  char line[512];
  unsigned long begin = 0;
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    if (std::strstr(line, "tutti-lane") != nullptr && std::sscanf(line, "%lx-", &begin) == 1) break;
  }
  std::fclose(maps);
  return reinterpret_cast<lane*>(begin);
}

void publish(lane& l, std::uint32_t sequence, answer_kind kind, std::uint64_t length,
             std::uint64_t block = 0) {
  auto& cell = l.answers[sequence - 1];
  cell.kind = static_cast<std::uint32_t>(kind);
  cell.length = length;
  cell.block = block;
  cell.sequence.store(sequence, tutti::sys::seq_cst);  // pairs: lane.sequence
}

/// The first call of a fresh worker: its answer is the second, after that it was ready.
int forge(int how, int what_then) {
  lane& l = *own_lane();
  constexpr std::uint32_t own = 2;
  switch (static_cast<forgery>(how)) {
    case forgery::no_kind:
      publish(l, own, static_cast<answer_kind>(99), 4);
      break;
    case forgery::outside:
      publish(l, own, answer_kind::value, 1 << 20, std::uint64_t{1} << 40);
      break;
    case forgery::endless:
      publish(l, own, answer_kind::value, std::numeric_limits<std::uint64_t>::max(), 8);
      break;
    case forgery::ready_again:
      publish(l, own, answer_kind::ready, 0);
      break;
    case forgery::skipped:
      publish(l, own, answer_kind::skipped, 0);
      break;
    case forgery::of_a_process:
      publish(l, own, answer_kind::decoded, 0);
      break;
    case forgery::more_than_asked:
      for (std::uint32_t n = own + 1; n <= 2 * tutti::detail::lane_cells; ++n)
        publish(l, n, answer_kind::value, 4);
      publish(l, own, answer_kind::value, 4);
      break;
    case forgery::undecodable:
      std::memset(l.answers[own - 1].inside, 0xff, sizeof l.answers[own - 1].inside);
      publish(l, own, answer_kind::failure, sizeof l.answers[own - 1].inside);
      break;
    case forgery::count:
      break;
  }
  if (what_then == static_cast<int>(then::die)) std::raise(SIGKILL);
  while (what_then == static_cast<int>(then::stay)) ::pause();
  return 7;
}
int square(int x) { return x * x; }

TEST(hostile_worker, forged_answers_are_its_own_tasks_trouble) {
  for (int how = 0; how < static_cast<int>(forgery::count); ++how) {
    for (int what = 0; what < static_cast<int>(then::count); ++what) {
      process_pool pool{{.workers = 1, .task_timeout = 100ms}};
      auto bad = pool.submit(forge, how, what);
      std::vector<tutti::future<int>> others;
      for (int i = 0; i < 10; ++i) others.push_back(pool.submit(square, i));
      std::string blame;
      try {
        bad.get();
      } catch (const std::exception& e) {
        blame = e.what();  // what it forged is what its task gets
      }
      // Going on, it answers in the same cell: perhaps before its host has read what was there.
      // Staying, or on a busy machine, it may be late before its host looks.
      if (how < static_cast<int>(forgery::more_than_asked) &&
          what != static_cast<int>(then::go_on)) {
        EXPECT_TRUE(
            blame.find("nonsense") != blame.npos || blame.find("ran longer") != blame.npos)
            << how << ' ' << what << blame;
      }
      for (auto& one : others) {
        try {
          one.get();
        } catch (const tutti::worker_crashed&) {
          // It may have lain behind the forger's, and been answered by it.
        } catch (const tutti::wire_error&) {
        } catch (const tutti::timeout_error&) {
        }
      }
      for (int i = 0; i < 10; ++i) EXPECT_EQ(served(pool, square, i), i * i);
      EXPECT_EQ(pool.stats().queued + pool.stats().running, 0U);
    }
  }
}

TEST(hostile_worker, a_call_that_always_ends_its_worker_and_denies_it_ends_itself) {
  process_pool pool{{.workers = 1}};
  const auto deny = [] {
    own_lane()->calls[0].state.store(static_cast<std::uint32_t>(cell_state::posted),
                                     tutti::sys::seq_cst);  // pairs: lane.state
    std::raise(SIGKILL);
  };
  EXPECT_THROW(pool.submit(deny).get(), tutti::worker_crashed);
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
}

TEST(hostile_worker, lies_about_its_start_do_not_give_it_time) {
  process_pool pool{{.workers = 2, .task_timeout = 50ms}};
  const auto lie = [](std::int64_t start) {
    lane& l = *own_lane();
    for (;;)
      for (auto& cell : l.calls) cell.started_ns.store(start, tutti::sys::relaxed);
  };
  EXPECT_THROW(pool.submit(lie, std::numeric_limits<std::int64_t>::max()).get(),
               tutti::timeout_error);
  EXPECT_THROW(pool.submit(lie, std::numeric_limits<std::int64_t>::min()).get(),
               tutti::timeout_error);
  EXPECT_EQ(served(pool, square, 3), 9);
}

/// Comes back as a handle to memory that the worker can take away again.
struct trap {
  std::vector<tutti::shared_array<char>> memory;
};

}  // namespace

template <>
struct tutti::wire::crossing<trap> {
  static void encode(byte_writer& out, const trap&) {
    static const int fd = ::memfd_create("tutti-array", 0);
    std::uint64_t number = 4711;
    if (::ftruncate(fd, 4096) != 0 || ::pwrite(fd, &number, sizeof number, 0) < 0) std::abort();
    out.put_value(std::uint64_t{0});
    out.put_value(std::uint64_t{1000});
    out.put_value(number);
    out.put_value(fd);
  }
  static trap decode(byte_reader& in) {
    return {{crossing<tutti::shared_array<char>>::decode(in)}};
  }
};

namespace {

TEST(hostile_worker, cannot_hand_out_memory_that_it_can_take_away) {
  process_pool pool{{.workers = 1}};
  EXPECT_THROW(pool.submit([] { return trap{}; }).get(), tutti::wire_error);
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
}

/// Writes over everything in the memory of a handle but its head and the first lock in it.
void scribble_over(const char* name, int with) {
  constexpr std::size_t left_alone = 128 + 96;
  std::FILE* const maps = std::fopen("/proc/self/maps", "r");
  char line[512];
  unsigned long begin = 0;
  unsigned long end = 0;
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    if (std::strstr(line, name) != nullptr && std::sscanf(line, "%lx-%lx", &begin, &end) == 2)
      std::memset(reinterpret_cast<char*>(begin) + left_alone, with, 4096 - left_alone);
  }
  std::fclose(maps);
}

TEST(hostile_worker, scribbling_over_what_processes_share_is_an_error_for_the_others) {
  process_pool pool{{.workers = 1}};
  for (const int with : {0x00, 0x01, 0x41, 0x7f, 0xff}) {
    tutti::process_queue<std::string> queue{2000};
    queue.put("text");
    tutti::process_barrier barrier{5};
    tutti::process_semaphore semaphore{1};
    const auto scribble = [](tutti::process_queue<std::string>, tutti::process_barrier,
                             tutti::process_semaphore, int value) {
      for (const char* name : {"tutti-queue", "tutti-barrier", "tutti-semaphore"})
        scribble_over(name, value);
    };
    pool.submit(scribble, queue, barrier, semaphore, with).get();
    try {
      while (queue.try_get()) {
      }
      while (queue.try_put(std::string(100, 'x'))) {
      }
    } catch (const tutti::error&) {
    }
    try {
      static_cast<void>(barrier.try_arrive_and_wait_for(0ms));
    } catch (const tutti::error&) {
    }
    EXPECT_EQ(barrier.parties(), 5U);
    for (int i = 0; i < 10; ++i) static_cast<void>(semaphore.try_acquire());
    semaphore.release();
  }
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
}

/// The number of the descriptor that is open for this; -1: none.
int descriptor_of(const char* what) {
  for (int fd = 3; fd < 64; ++fd) {
    char target[256] = {};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (::readlink(link.c_str(), target, sizeof target - 1) > 0 &&
        std::strstr(target, what) != nullptr)
      return fd;
  }
  return -1;
}

TEST(hostile_worker, cannot_write_into_what_others_are_given) {
  process_pool pool{{.workers = 1}};
  const std::string large(100'000, 'x');
  EXPECT_EQ(pool.submit([](std::string s) { return s.size(); }, large).get(), large.size());
  const auto try_to_write = [] {
    const int fd = descriptor_of("tutti-arguments");
    if (fd < 0) return 1;
    if (::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED) return 2;
    if (::pwrite(fd, "y", 1, 0) >= 0) return 3;
    return 0;
  };
  EXPECT_EQ(pool.submit(try_to_write).get(), 0);
  EXPECT_EQ(pool.submit([](std::string s) { return s; }, large).get(), large);
}

TEST(hostile_worker, that_silences_its_bell_silences_nobody_else) {
  process_pool pool{{.workers = 2}};
  const auto silence = [] {
    const int bell = descriptor_of("eventfd");
    std::uint64_t count = 0;
    ::fcntl(bell, F_SETFL, 0);  // who reads it now waits, in the host as well
    for (;;) static_cast<void>(::read(bell, &count, sizeof count) < 0);
  };
  auto endless = pool.submit(silence);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(pool.submit(square, i).get(), i * i);
  EXPECT_TRUE(endless.cancel());
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
}

TEST(hostile_worker, time_limits_hold_however_many_answers_others_give) {
  process_pool pool{{.workers = 2, .task_timeout = 50ms}};
  const auto endless_loop = [] {
    for (;;) ::pause();
  };
  auto endless = pool.submit(endless_loop);
  std::vector<tutti::future<int>> all;
  while (!endless.done()) {
    all.push_back(pool.submit(square, 3));
    if (all.size() < 64) continue;
    for (auto& one : all) EXPECT_EQ(result_or(std::move(one), [] { return 9; }), 9);
    all.clear();
  }
  EXPECT_THROW(endless.get(), tutti::timeout_error);
}

}  // namespace
