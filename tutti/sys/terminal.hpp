// What stands behind a stream: a terminal (and how large), or a file or pipe.
#pragma once

#include <cstdio>

namespace tutti::sys {

struct terminal_facts {
  bool is_terminal = false;
  int columns = 80;
  int rows = 24;
};

/// Asks the descriptor behind `stream`. For anything but a terminal the size is 80 by 24, unless
/// COLUMNS says otherwise.
terminal_facts look_at_terminal(std::FILE* stream) noexcept;

}  // namespace tutti::sys
