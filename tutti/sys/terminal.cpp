#include <tutti/sys/terminal.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace tutti::sys {

terminal_facts look_at_terminal(std::FILE* stream) noexcept {
  terminal_facts facts;
  if (const char* columns = std::getenv("COLUMNS")) {
    const int wanted = std::atoi(columns);
    if (wanted >= 20 && wanted <= 1000) facts.columns = wanted;
  }
  const int fd = fileno(stream);
  if (fd < 0 || isatty(fd) != 1) return facts;
  facts.is_terminal = true;
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    facts.columns = size.ws_col;
    facts.rows = size.ws_row;
  }
  return facts;
}

}  // namespace tutti::sys
