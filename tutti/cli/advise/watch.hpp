// Runs the sampler beside a program: started by us, or already there.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <tutti/base/time.hpp>
#include <tutti/cli/advise/live.hpp>
#include <tutti/cli/advise/observation.hpp>
#include <tutti/sys/foreign_child.hpp>

namespace tutti::cli::advise {

struct watch_settings {
  duration at_most = duration::max();  ///< --for
  bool is_quiet = false;
  bool wants_live = false;  ///< --live: redraw even though the program writes to the same terminal
};

struct watched {
  observation seen;
  machine_facts machine;
  std::string ending;  ///< for people
  int exit_code = 0;   ///< what tutti should answer
  std::string cannot;  ///< not empty: nothing was watched, and this is why
  bool is_interrupted = false;
  bool is_cut_short = false;  ///< --for was over and the program still runs
};

/// Starts `words` and watches until it ends. `child` must be fresh or have ended.
watched watch_program(sys::foreign_child& child, const std::vector<std::string>& words,
                      const watch_settings& with);

/// Watches a process that is there already, until it ends, `at_most` is over or Ctrl-C.
watched watch_process(sys::foreign_child& signals, int pid, const watch_settings& with);

}  // namespace tutti::cli::advise
