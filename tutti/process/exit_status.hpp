/// \file
/// How a process ended.
#pragma once

#include <string>

namespace tutti {

/// The end of a process: it left with a code, or a signal ended it.
///
/// ```
/// tutti::exit_status s = p.join();
/// if (!s.ok()) std::cerr << s.text();   // "killed by signal 11, SIGSEGV (Segmentation fault)"
/// ```
/// Source: POSIX `wait`; Python's `Process.exitcode` (negative there for signals).
class exit_status {
 public:
  exit_status() noexcept = default;
  exit_status(int code, int signal) noexcept : code_(code), signal_(signal) {}
  /// Left by itself with code 0.
  bool ok() const noexcept { return code_ == 0 && signal_ == 0; }
  /// The code it left with; 0 if a signal ended it.
  int code() const noexcept { return code_; }
  /// The signal that ended it; 0 if it left by itself.
  int signal() const noexcept { return signal_; }
  /// In words.
  std::string text() const;
  friend bool operator==(const exit_status&, const exit_status&) = default;

 private:
  int code_ = 0;
  int signal_ = 0;
};

}  // namespace tutti
