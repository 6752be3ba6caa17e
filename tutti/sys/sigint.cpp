#include <tutti/sys/sigint.hpp>

#include <cerrno>
#include <csignal>

#include <tutti/sys/atomic.hpp>

namespace tutti::sys {
namespace {

atomic<void*> listener{nullptr};
atomic<void (*)(void*) noexcept> teller{nullptr};
atomic<int> seen{0};
atomic<bool> taken{false};

extern "C" void on_sigint(int) {
  const int saved = errno;
  if (seen.fetch_add(1, relaxed) == 0) {
    void* const target = listener.load(acquire);  // pairs: sigint.listener
    auto* const notify = teller.load(relaxed);
    if (target != nullptr && notify != nullptr) notify(target);
  } else {
    struct sigaction act{};
    act.sa_handler = SIG_DFL;
    ::sigaction(SIGINT, &act, nullptr);
    ::raise(SIGINT);
  }
  errno = saved;
}

}  // namespace

sigint_watch::sigint_watch(void (*notify)(void*) noexcept, void* target) noexcept {
  bool free = false;
  if (!taken.compare_exchange(free, true, acq_rel, relaxed)) return;  // pairs: sigint.taken
  struct sigaction former{};
  if (::sigaction(SIGINT, nullptr, &former) != 0 || (former.sa_flags & SA_SIGINFO) != 0 ||
      former.sa_handler != SIG_DFL) {
    taken.store(false, release);  // pairs: sigint.taken
    return;
  }
  seen.store(0, relaxed);
  teller.store(notify, relaxed);
  listener.store(target, release);  // pairs: sigint.listener
  struct sigaction act{};
  act.sa_handler = &on_sigint;
  ::sigemptyset(&act.sa_mask);
  act.sa_flags = 0;
  active_ = ::sigaction(SIGINT, &act, nullptr) == 0;
  if (!active_) taken.store(false, release);  // pairs: sigint.taken
}

sigint_watch::~sigint_watch() {
  if (!active_) return;
  struct sigaction act{};
  act.sa_handler = SIG_DFL;
  ::sigaction(SIGINT, &act, nullptr);
  listener.store(nullptr, release);  // pairs: sigint.listener
  taken.store(false, release);       // pairs: sigint.taken
}

}  // namespace tutti::sys
