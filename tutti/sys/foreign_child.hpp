/// \file
/// A program we start only to watch: its input, output, signals and exit status are what they would
/// be without us.
#pragma once

#include <string>
#include <vector>

#include <tutti/base/time.hpp>
#include <tutti/sys/descriptor.hpp>

namespace tutti::sys {

/// How a program ended, and what the kernel counted for it and the children it waited for.
struct ended_child {
  bool has_ended = false;
  int exit_code = 0;  ///< meaningful when signal == 0
  int signal = 0;
  double user_s = 0;
  double kernel_s = 0;
  long voluntary_switches = 0;
  long involuntary_switches = 0;
  long peak_rss_kib = 0;
};

/// What the terminal or another process asked for while we watched.
struct watch_events {
  bool interrupted = false;  ///< SIGINT, SIGTERM, SIGHUP or SIGQUIT reached us (and the program)
  int last_signal = 0;
  int times = 0;
};

/// One program, started with our own descriptors. While it lives, signals that would end us are
/// passed to it instead: Ctrl-C of a terminal reaches it anyway (same process group), others are
/// forwarded.
///
/// Threads:  one thread, and no other thread of the process may wait for children or change the
/// signal mask. Lifetime: the destructor restores our signal mask; it neither ends nor waits for
/// the program.
class foreign_child {
 public:
  foreign_child();
  ~foreign_child();
  foreign_child(const foreign_child&) = delete;
  foreign_child& operator=(const foreign_child&) = delete;

  /// Starts the program found along PATH. Answers 0, or the errno with which it could not be
  /// executed. May be called again after the former program has ended.
  int start(const std::vector<std::string>& words);
  int pid() const noexcept { return pid_; }

  /// Sleeps until `span` is over, a child has ended or a signal came. The end is collected
  /// (end().has_ended) at the *next* call: in between the zombie can still be read. Without a
  /// started program it only sleeps.
  void wait(duration span);
  /// Sleeps until `span` is over or a signal came; the program, if there is one, is not collected.
  void sleep(duration span);
  /// A child of ours has ended since the last wait().
  bool has_news() const noexcept { return has_news_; }
  const ended_child& end() const noexcept { return end_; }
  const watch_events& events() const noexcept { return events_; }

  /// Sends a signal to the program if it still lives.
  void send(int signal) noexcept;
  void send_terminate() noexcept;

 private:
  void take_signals() noexcept;
  void collect() noexcept;
  int pid_ = -1;
  descriptor signals_;
  ended_child end_;
  watch_events events_;
  bool has_news_ = false;
  struct saved;
  saved* saved_;
};

/// "SEGV", "INT"; "unknown" for a number that is no signal.
const char* signal_name(int signal) noexcept;

/// Is there a process with this number that we may ask about?
bool is_alive(int pid) noexcept;

}  // namespace tutti::sys
