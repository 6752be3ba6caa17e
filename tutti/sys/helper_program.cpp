#include <tutti/sys/helper_program.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

#include <tutti/base/clock.hpp>

extern char** environ;

namespace tutti::sys {

namespace {

constexpr std::size_t line_bytes_max = 4096;
constexpr int grace_ms = 300;  // for the helper to leave by itself once its input ends

[[noreturn]] void fail(int code, const std::string& what) {
  throw std::system_error(code, std::generic_category(), what);
}

std::array<descriptor, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail(errno, "making a pipe");
  return {descriptor(ends[0]), descriptor(ends[1])};
}

}  // namespace

helper_program::helper_program(const std::vector<std::string>& words) {
  auto [its_input, our_end] = make_pipe();
  auto [our_input, its_output] = make_pipe();
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, its_input.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, its_output.get(), STDOUT_FILENO);
  // Its own process group: Ctrl-C on the terminal is ours to decide about.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t child = 0;
  const int code =
      posix_spawn(&child, words.front().c_str(), &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (code != 0) fail(code, "starting " + words.front());
  process_ = child;
  to_ = std::move(our_end);
  from_ = std::move(our_input);
}

helper_program::~helper_program() {
  to_.reset();
  const auto child = static_cast<pid_t>(process_);
  pollfd ended{from_.get(), 0, 0};  // its end of the pipe closes when it ends
  if (poll(&ended, 1, grace_ms) == 0) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
}

std::string helper_program::read_line(duration limit) {
  const time_point deadline = detail::saturating_add(clock::now(), limit);
  std::string line;
  while (line.size() < line_bytes_max) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
    if (left <= 0) return {};
    pollfd ready{from_.get(), POLLIN, 0};
    const int count = poll(&ready, 1, left > INT_MAX ? INT_MAX : static_cast<int>(left));
    if (count == 0) return {};
    char c = 0;
    const ssize_t got = count < 0 ? -1 : read(from_.get(), &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {};
    if (c == '\n') return line;
    line += c;
  }
  return {};
}

std::string this_program() {
  std::array<char, 4096> room{};
  const ssize_t length = readlink("/proc/self/exe", room.data(), room.size());
  return length > 0 ? std::string(room.data(), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace tutti::sys
