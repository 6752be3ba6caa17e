#include <tutti/sys/foreign_child.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <tutti/base/clock.hpp>

namespace tutti::sys {
namespace {

constexpr std::array forwarded{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};

double seconds_of(const timeval& t) noexcept {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
}

// The child's side, between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(char* const* words, int error_pipe, const sigset_t& mask,
                         const struct sigaction& child_action) noexcept {
  sigaction(SIGCHLD, &child_action, nullptr);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  execvp(words[0], words);
  const int why = errno;
  ssize_t n = 0;
  do {
    n = write(error_pipe, &why, sizeof why);
  } while (n < 0 && errno == EINTR);
  _exit(127);
}

}  // namespace

struct foreign_child::saved {
  sigset_t mask{};
  struct sigaction child_action{};
  int was_subreaper = 0;
};

foreign_child::foreign_child() : saved_(std::make_unique<saved>().release()) {
  sigset_t ours;
  sigemptyset(&ours);
  for (const int s : forwarded) {
    // A signal somebody told us to ignore (nohup, a shell's background job) stays ignored, for the
    // program too.
    struct sigaction now{};
    sigaction(s, nullptr, &now);
    if (now.sa_handler != SIG_IGN) sigaddset(&ours, s);
  }
  sigaddset(&ours, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ours, &saved_->mask);
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &standard, &saved_->child_action);
  signals_ = descriptor(signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));

  prctl(PR_GET_CHILD_SUBREAPER, &saved_->was_subreaper, 0, 0, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);  // programs that fork away stay visible below us
}

foreign_child::~foreign_child() {
  take_signals();  // what came while we watched has been answered; it must not end us now
  prctl(PR_SET_CHILD_SUBREAPER, saved_->was_subreaper, 0, 0, 0);
  sigaction(SIGCHLD, &saved_->child_action, nullptr);
  sigprocmask(SIG_SETMASK, &saved_->mask, nullptr);
  const std::unique_ptr<saved> drop(saved_);
}

int foreign_child::start(const std::vector<std::string>& words) {
  std::vector<std::string> copy = words;
  std::vector<char*> pointers;
  for (std::string& w : copy) pointers.push_back(w.data());
  pointers.push_back(nullptr);
  std::array<int, 2> pair{-1, -1};
  if (pipe2(pair.data(), O_CLOEXEC) != 0) return errno;
  const descriptor read_end(pair[0]);
  descriptor write_end(pair[1]);
  end_ = {};
  const pid_t pid = fork();
  if (pid < 0) return errno;
  if (pid == 0) become(pointers.data(), write_end.get(), saved_->mask, saved_->child_action);
  write_end.reset();
  pid_ = pid;
  int why = 0;
  ssize_t n = 0;
  do {
    n = read(read_end.get(), &why, sizeof why);
  } while (n < 0 && errno == EINTR);
  if (n != static_cast<ssize_t>(sizeof why)) return 0;  // the pipe closed at exec: it runs
  waitpid(pid, nullptr, 0);
  pid_ = -1;
  return why;
}

void foreign_child::wait(duration span) {
  has_news_ = false;
  if (pid_ > 0 && !end_.has_ended) collect();
  if (end_.has_ended) {
    take_signals();  // the one that ended the program may have come to us as well
  } else {
    sleep(span);
  }
}

void foreign_child::sleep(duration span) {
  const auto until = detail::saturating_add(clock::now(), span);
  for (;;) {
    const auto left = until - clock::now();
    if (left <= duration::zero()) return;
    const duration capped = std::min<duration>(left, std::chrono::seconds(1));
    timespec limit{};
    limit.tv_sec = capped.count() / 1'000'000'000;
    limit.tv_nsec = capped.count() % 1'000'000'000;
    pollfd wanted{signals_.get(), POLLIN, 0};
    if (ppoll(&wanted, 1, &limit, nullptr) > 0) {
      take_signals();
      return;
    }
  }
}

void foreign_child::take_signals() noexcept {
  signalfd_siginfo info{};
  while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    const int number = static_cast<int>(info.ssi_signo);
    if (number == SIGCHLD) {
      has_news_ = true;
      continue;
    }
    const bool from_terminal = info.ssi_code == SI_KERNEL;  // then the program has got it, too
    if (!from_terminal) send(number);
    if (number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT) {
      events_.interrupted = true;
      events_.last_signal = number;
      ++events_.times;
    }
  }
}

void foreign_child::collect() noexcept {
  for (;;) {
    int status = 0;
    rusage usage{};
    const pid_t who = wait4(-1, &status, WNOHANG, &usage);
    if (who <= 0) return;
    if (who != pid_) continue;  // an orphan of the program that had become ours
    end_.has_ended = true;
    end_.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    end_.user_s = seconds_of(usage.ru_utime);
    end_.kernel_s = seconds_of(usage.ru_stime);
    end_.voluntary_switches = usage.ru_nvcsw;
    end_.involuntary_switches = usage.ru_nivcsw;
    end_.peak_rss_kib = usage.ru_maxrss;
  }
}

void foreign_child::send(int signal) noexcept {
  if (pid_ > 0 && !end_.has_ended) kill(pid_, signal);
}

void foreign_child::send_terminate() noexcept { send(SIGTERM); }

const char* signal_name(int signal) noexcept {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? "unknown" : name;
}

bool is_alive(int pid) noexcept { return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM); }

}  // namespace tutti::sys
