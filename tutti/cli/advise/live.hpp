// What is shown while the program still runs: on a terminal one line per thread, redrawn; elsewhere
// a plain line now and then; nothing with --quiet.
#pragma once

#include <string>
#include <vector>

#include <tutti/cli/advise/sampler.hpp>
#include <tutti/cli/screen.hpp>

namespace tutti::cli::advise {

/// The lines of the redrawn view: a head and one line per thread. Pure.
std::vector<std::string> live_lines(const std::string& command, double elapsed_s,
                                    std::size_t threads, std::size_t processes,
                                    const std::vector<live_thread>& shown, const screen& where);

/// The plain line. Pure.
std::string plain_line(double elapsed_s, std::size_t threads, std::size_t processes,
                       const std::vector<live_thread>& shown);

class live_view {
 public:
  enum class mode { silent, plain, redrawn };
  live_view(mode how, std::string command, std::FILE* stream, const screen& where)
      : mode_(how),
        command_(std::move(command)),
        stream_(stream),
        where_(where),
        area_(stream, where) {}

  /// Shows something if it is time to.
  void update(double now_s, const sampler& from);
  void erase() { area_.erase(); }

 private:
  mode mode_;
  std::string command_;
  std::FILE* stream_;
  screen where_;
  live_area area_;
  double next_s_ = 0.3;
};

}  // namespace tutti::cli::advise
