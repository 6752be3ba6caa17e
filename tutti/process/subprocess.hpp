/// \file
/// `subprocess` and `run_command`: other programs, with awaitable streams.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tutti/async/byte_stream.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>
#include <tutti/process/exit_status.hpp>

namespace tutti {

struct subprocess_options {
  /// Where the program starts; empty: where we are.
  std::string_view directory = {};
};

/// Another program that runs, its input and output as streams.
///
/// No shell takes part: `argv[0]` is looked up along PATH, the rest arrives as it is. The program
/// inherits no descriptor but the three streams, no blocked or ignored signal, and gets a process
/// group of its own: Ctrl-C of the terminal is the host's business, and ending it ends what it
/// started (unless that left the group).
///
/// Threads:  one loop; kill(), terminate() and pid() by the owner.
/// Lifetime: outlives its operations; dropped, it is killed with its group and reaped.
/// Wakes:    its end wakes wait(); its output wakes readers.
/// Order:    bytes keep their order within a stream.
/// Cancel:   a cancelled wait() leaves it running; streams as byte_stream says.
/// ```
/// auto child = tutti::subprocess::start({"sort"});
/// co_await child.in().write("b\na\n");
/// co_await child.in().shutdown_write();
/// while (auto line = co_await child.out().read_line()) use(*line);
/// tutti::exit_status s = co_await child.wait();
/// ```
/// A pipe holds 64 KiB: read while you write (see run_command), or a program that answers before it
/// has read everything waits for you while you wait for it. The program is an ordinary child: where
/// the host itself collects any child (`wait(-1)`, ignored SIGCHLD) its status is lost and wait()
/// throws. Source: `asyncio.create_subprocess_exec`.
class subprocess {
 public:
  /// Starts it at once. Errors: `std::system_error` (no such program, no more processes or
  /// descriptors), `std::invalid_argument` for no words at all.
  static subprocess start(std::vector<std::string> argv, subprocess_options options = {});

  subprocess(subprocess&& other) noexcept;
  subprocess& operator=(subprocess&& other) noexcept;
  ~subprocess();

  /// Its standard input: write to it, then `shutdown_write()` for the end.
  net::byte_stream& in() noexcept;
  /// Its standard output and error: read until the end.
  net::byte_stream& out() noexcept;
  net::byte_stream& err() noexcept;

  /// Awaits its end. May be asked again: the answer stays.
  task<exit_status> wait();
  /// Asks it and its group to end (SIGTERM). It may have ended already.
  void terminate() noexcept;
  /// Ends it and its group (SIGKILL).
  void kill() noexcept;
  int pid() const noexcept;

 private:
  struct body;
  explicit subprocess(std::unique_ptr<body> b) noexcept;
  static task<exit_status> await_end(body& b);
  std::unique_ptr<body> body_;
};

struct command_options {
  /// Written to its standard input, which ends then.
  std::string_view input = {};
  /// Past it the program is killed with its group; 0: no limit.
  duration timeout = {};
  std::string_view directory = {};
  /// More output than this, of either kind, is an error.
  std::size_t output_max = std::size_t{1} << 30;
};

/// What a program left behind.
struct completed {
  exit_status status;
  std::string out;
  std::string err;
};

/// Runs a program to its end: feeds it, reads all it says, reaps it. Reading and writing go on at
/// the same time, so no full pipe can stop it.
///
/// Result: how it ended (a code that is not 0 is no error) and what it wrote.
/// Errors: `timeout_error` past the time limit; `std::system_error` if there is no such program;
/// `error` for too much output. In each case it has been killed with its group and reaped.
/// Cancel: kills it likewise.
/// ```
/// std::vector<std::string> argv{"tr", "a-z", "A-Z"};
/// auto [status, out, err] = co_await tutti::run_command(argv, {.input = "hello", .timeout = 5s});
/// ```
/// Source: `subprocess.run(capture_output=True)`.
task<completed> run_command(std::vector<std::string> argv, command_options options = {});

}  // namespace tutti
