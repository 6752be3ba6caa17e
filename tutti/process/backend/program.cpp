#include <tutti/process/backend/program.hpp>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <tutti/sys/world.hpp>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

extern char** environ;

namespace tutti::detail {
namespace {

/// What posix_spawn is told; its parts are freed whatever happens.
///
/// Threads:  one.
/// Lifetime: one call of start_program.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   cannot be.
class spawn_plan {
 public:
  spawn_plan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  spawn_plan(const spawn_plan&) = delete;
  spawn_plan& operator=(const spawn_plan&) = delete;
  ~spawn_plan() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  void give(int from, int as) { check(::posix_spawn_file_actions_adddup2(&actions_, from, as)); }
  void close_others() { check(::posix_spawn_file_actions_addclosefrom_np(&actions_, 3)); }
  void start_in(const std::string& directory) {
    check(::posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str()));
  }
  /// A group of its own, and signals as a fresh program expects them.
  void be_on_its_own() {
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    check(::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    check(::posix_spawnattr_setpgroup(&attributes_, 0));
    check(::posix_spawnattr_setsigmask(&attributes_, &none));
    check(::posix_spawnattr_setsigdefault(&attributes_, &all));
  }
  int start(const std::vector<std::string>& argv) {
    std::vector<char*> words;
    words.reserve(argv.size() + 1);
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    pid_t pid = 0;
    int error = sys::injected_fault("process.spawn");
    if (error == 0)
      error = ::posix_spawnp(&pid, words[0], &actions_, &attributes_, words.data(), environ);
    if (error != 0)
      throw std::system_error(error, std::generic_category(), "starting the program " + argv[0]);
    return pid;
  }

 private:
  static void check(int error) {
    if (error != 0) throw std::system_error(error, std::generic_category(), "preparing a program");
  }
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

/// Above the three numbers that the program's own streams get.
sys::descriptor moved_up(sys::descriptor fd) {
  if (fd.get() > 2) return fd;
  return os::duplicate(fd.get());
}

}  // namespace

program_birth start_program(const std::vector<std::string>& argv, const std::string& directory) {
  if (argv.empty()) throw std::invalid_argument("a command needs at least the name of its program");
  os::pipe_ends in = os::make_pipe();
  os::pipe_ends out = os::make_pipe();
  os::pipe_ends err = os::make_pipe();
  program_birth born;
  born.in = std::move(in.writing);
  born.out = std::move(out.reading);
  born.err = std::move(err.reading);
  for (const int fd : {born.in.get(), born.out.get(), born.err.get()}) os::make_impatient(fd);
  const sys::descriptor its_in = moved_up(std::move(in.reading));
  const sys::descriptor its_out = moved_up(std::move(out.writing));
  const sys::descriptor its_err = moved_up(std::move(err.writing));
  spawn_plan plan;
  plan.give(its_in.get(), 0);
  plan.give(its_out.get(), 1);
  plan.give(its_err.get(), 2);
  plan.close_others();
  if (!directory.empty()) plan.start_in(directory);
  plan.be_on_its_own();
  born.pid = plan.start(argv);
  try {
    born.handle = os::open_process(born.pid);
  } catch (...) {
    ::kill(born.pid, SIGKILL);  // it cannot have been reaped by us, so the number is still its own
    ::waitpid(born.pid, nullptr, 0);
    throw;
  }
  return born;
}

std::optional<os::ended> reap_program(int handle) noexcept {
  siginfo_t info;
  info.si_pid = 0;
  int result;
  do {
    result = ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(handle), &info, WEXITED);
  } while (result != 0 && errno == EINTR);
  if (result != 0 || info.si_pid == 0) return std::nullopt;
  return info.si_code == CLD_EXITED ? os::ended{info.si_status, 0} : os::ended{0, info.si_status};
}

}  // namespace tutti::detail
