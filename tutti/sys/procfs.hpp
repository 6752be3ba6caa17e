/// \file
/// Reading procfs-like trees cheaply: files that stay open and are read again, folders of numbers,
/// links. Nothing here interprets what it reads; everything can vanish between two calls and then
/// simply answers "nothing".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tutti/sys/descriptor.hpp>

namespace tutti::sys {

/// The text of a small file, at most `bytes_max`; empty optional when it cannot be read.
std::optional<std::string> read_text(const std::string& path, std::size_t bytes_max = 65536);

/// Where a symbolic link points; empty optional when it cannot be read.
std::optional<std::string> read_link(const std::string& path);

/// The entries of a folder whose names are whole numbers, in the folder's order, at most
/// `entries_max`; empty optional when the folder cannot be read.
std::optional<std::vector<int>> list_numbers(const std::string& path,
                                             std::size_t entries_max = 1U << 20U);

/// A file that may be opened once and read many times from its start.
///
/// Threads:  one thread.
/// Lifetime: holds a descriptor while `keep` was asked for.
class kept_file {
 public:
  kept_file() = default;
  explicit kept_file(std::string path) : path_(std::move(path)) {}

  /// Reads at most `bytes_max` (up to 4096) into an inner buffer; the view is good until the next
  /// call. Empty when the file is gone or forbidden. With `keep` the descriptor stays open for the
  /// next time.
  std::string_view read(bool keep, std::size_t bytes_max = 1024);
  bool is_open() const noexcept { return static_cast<bool>(fd_); }
  /// errno of the last read that answered nothing, else 0.
  int last_errno() const noexcept { return errno_; }
  void close() noexcept { fd_.reset(); }

 private:
  std::string path_;
  descriptor fd_;
  int errno_ = 0;
};

/// Copies `bytes` from the memory of a process we may look into; false when that is not allowed or
/// not there.
bool read_memory(int pid, unsigned long long address, void* to, std::size_t bytes) noexcept;

/// Processor time this process has used so far, all threads, in seconds.
double own_cpu_seconds() noexcept;
/// How many descriptors this process may have open (the soft limit).
std::size_t descriptors_max() noexcept;
/// The number of this process.
int own_pid() noexcept;
/// Seconds since boot, the clock of process start times in procfs.
double seconds_since_boot() noexcept;
/// How many clock ticks procfs counts in a second.
long ticks_per_second() noexcept;
/// Bytes in a page.
long page_bytes() noexcept;

}  // namespace tutti::sys
