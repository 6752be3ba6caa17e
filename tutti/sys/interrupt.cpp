#include <tutti/sys/interrupt.hpp>

#include <signal.h>

#include <array>

#include <tutti/sys/atomic.hpp>

namespace tutti::sys {

namespace {

constexpr std::array<int, 2> watched{SIGINT, SIGTERM};
atomic<int> came{0};
std::array<struct sigaction, 2> before{};  // guard: only the one living watch touches it

// Async-signal-safe: one store, and the default action put back for the second press.
void note(int signal) {
  came.store(signal, relaxed);
  struct sigaction plain{};
  plain.sa_handler = SIG_DFL;
  sigemptyset(&plain.sa_mask);
  sigaction(signal, &plain, nullptr);
}

}  // namespace

interrupt_watch::interrupt_watch() {
  came.store(0, relaxed);
  struct sigaction listen{};
  listen.sa_handler = note;
  sigemptyset(&listen.sa_mask);
  for (std::size_t i = 0; i < watched.size(); ++i) sigaction(watched[i], &listen, &before[i]);
}

interrupt_watch::~interrupt_watch() {
  for (std::size_t i = 0; i < watched.size(); ++i) sigaction(watched[i], &before[i], nullptr);
}

int interrupt_watch::requested() noexcept { return came.load(relaxed); }

}  // namespace tutti::sys
