#include <tutti/testing/backend/watchdog.hpp>

#include <execinfo.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <tutti/base/clock.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/testing/detail/simulation.hpp>

namespace tutti::detail {
namespace {

constexpr std::chrono::milliseconds look_every{100};
constexpr unsigned asleep_looks_max = 10;  // one second
constexpr unsigned busy_looks_max = 300;   // half a minute
constexpr unsigned answer_looks_max = 20;  // for the stack of the watched thread
constexpr int frames_max = 48;
constexpr int asks = SIGURG;  // by default ignored, so a late one does no harm

unsigned told = 0;

void write_all(const char* text) noexcept {
  std::size_t left = std::strlen(text);
  while (left != 0) {
    const ssize_t n = ::write(STDERR_FILENO, text, left);
    if (n <= 0) return;
    text += n;
    left -= static_cast<std::size_t>(n);
  }
}

/// Runs on the watched thread, on top of what blocks.
void tell_stack(int) {
  if (simulation* const world = simulation::here(); world != nullptr) {
    char line[200];
    const std::string_view name = world->strand_name();
    const int shown = static_cast<int>(std::min<std::size_t>(name.size(), 100));
    std::snprintf(line, sizeof line, "  thread \"%.*s\", seed=%llu\n", shown, name.data(),
                  static_cast<unsigned long long>(world->seed()));
    write_all(line);
  }
  void* frames[frames_max];
  const int count = ::backtrace(frames, frames_max);
  ::backtrace_symbols_fd(frames, count, STDERR_FILENO);
  __atomic_store_n(&told, 1U, __ATOMIC_RELEASE);  // release, pairs: watchdog.told
}

}  // namespace

/// Threads:  made and destroyed by the watched thread; look() is the other one's life.
/// Lifetime: the watchdog's, from its first run on.
/// Wakes:    itself, ten times a second.
/// Order:    none; it only looks.
/// Cancel:   its destructor wakes and joins it.
struct watchdog::looker {
  explicit looker(watchdog& w) : of(w), thread_id(static_cast<pid_t>(::syscall(SYS_gettid))) {
    void* frame = nullptr;
    (void)::backtrace(&frame, 1);  // the first call loads a library, which a handler must not
    eyes = sys::thread("tutti-watchdog", [this] { look(); });
  }
  ~looker() {
    __atomic_store_n(&ends, 1U, __ATOMIC_RELAXED);
    sleep.unpark();
    eyes.join();
  }

  void look() {
    std::uint64_t seen = 0;
    unsigned asleep = 0;
    unsigned busy = 0;
    while (__atomic_load_n(&ends, __ATOMIC_RELAXED) == 0) {
      sleep.park_until(clock::now() + look_every);
      const std::uint64_t beats = __atomic_load_n(&of.beats_, __ATOMIC_RELAXED);
      if (beats != seen || __atomic_load_n(&of.inside_, __ATOMIC_RELAXED) == 0) {
        seen = beats;
        asleep = busy = 0;
        continue;
      }
      const char state = thread_state();
      asleep = state == 'S' || state == 'D' ? asleep + 1 : 0;
      busy = state == 'R' ? busy + 1 : 0;
      if (asleep >= asleep_looks_max) {
        alarm(
            "tutti: a thread of this scenario has been asleep outside of tutti for a second. All "
            "threads of a simulation share one, so nobody can wake it. Instead of std::mutex, "
            "std::condition_variable or std::this_thread::sleep_for write tutti::mutex, "
            "tutti::condition, tutti::sleep; for descriptors there are memory_stream_pair and "
            "network. It sleeps here (addr2line -Cfpe PROGRAM +0x… names a line):\n");
        std::abort();
      }
      if (busy == busy_looks_max) {
        alarm(
            "tutti: this scenario has computed for half a minute without a step. If it waits for "
            "another thread in a loop, put testing::yield_point() into it. It is here:\n");
      }
    }
  }

 private:
  /// As in /proc/PID/stat: R runs, S and D sleep, t and T are stopped.
  char thread_state() const {
    const std::string path = "/proc/self/task/" + std::to_string(thread_id) + "/stat";
    std::FILE* const file = std::fopen(path.c_str(), "re");
    if (file == nullptr) return '?';
    char line[256] = {};
    const std::size_t n = std::fread(line, 1, sizeof line - 1, file);
    std::fclose(file);
    line[n] = '\0';
    const char* const name_end = std::strrchr(line, ')');
    return name_end != nullptr && name_end[1] != '\0' ? name_end[2] : '?';
  }

  void alarm(const char* sentence) {
    write_all(sentence);
    struct sigaction former{};
    struct sigaction action{};
    action.sa_handler = &tell_stack;
    action.sa_flags = SA_RESTART;
    __atomic_store_n(&told, 0U, __ATOMIC_RELAXED);
    if (::sigaction(asks, &action, &former) != 0) return;
    ::syscall(SYS_tgkill, ::getpid(), thread_id, asks);
    for (unsigned i = 0; i < answer_looks_max; ++i) {
      if (__atomic_load_n(&told, __ATOMIC_ACQUIRE) != 0) break;  // acquire, pairs: watchdog.told
      sleep.park_until(clock::now() + look_every);
    }
    ::sigaction(asks, &former, nullptr);
  }

  watchdog& of;
  pid_t thread_id;
  unsigned ends = 0;
  sys::parker sleep;
  sys::thread eyes;
};

watchdog::watchdog() = default;
watchdog::~watchdog() = default;

void watchdog::enter() {
  if (looks_ == nullptr && sys::current_world == nullptr) looks_ = std::make_unique<looker>(*this);
  beat();
  __atomic_store_n(&inside_, 1U, __ATOMIC_RELAXED);
}

}  // namespace tutti::detail
