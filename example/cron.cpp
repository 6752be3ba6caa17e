// A job at certain times of the calendar, with the five fields of a crontab line. It sleeps on a
// thread of its own; stopping it does not wait for the next time.
#include <cstdio>
#include <stdexcept>

#include <tutti/tutti.hpp>

void back_up() { std::puts("backing up"); }

int main() {
  tutti::cron nightly{"30 3 * * mon-fri", back_up, {.name = "nightly"}};
  tutti::cron newspaper{"@daily", [] { std::puts("a new day"); }, {.utc = true}};
  std::puts("two things wait for their time");
  nightly.stop();
  newspaper.stop();
  try {
    const tutti::cron wrong{"61 * * * *", back_up};
  } catch (const std::invalid_argument& e) {
    std::puts(e.what());
  }
}

// Output:
// two things wait for their time
// cron: the minute field "61" is out of its range
