// rows: 001-10, 004-14
// Two locks taken in opposite orders: reported with who holds and who waits, instead of hanging; by
// the explorer, and by watched locks in a program that really runs.
#include <tutti/observe.hpp>
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <cstdio>
#include <string>

namespace lab = tutti::testing;

namespace {

void abba() {
  tutti::mutex left, right;
  tutti::thread a{"anna", [&] {
                    tutti::lock_guard one{left};
                    tutti::lock_guard two{right};
                  }};
  tutti::thread b{"bert", [&] {
                    tutti::lock_guard one{right};
                    tutti::lock_guard two{left};
                  }};
}

/// Every thread holds one lock when it asks for the other; the one that asks last is refused.
std::string really() {
  tutti::watch_locks(true);
  tutti::mutex left, right;
  tutti::barrier both_hold{2};
  tutti::guarded<std::string> refused;
  const auto work = [&](tutti::mutex& first, tutti::mutex& second) {
    tutti::lock_guard one{first};
    both_hold.arrive_and_wait();
    try {
      tutti::lock_guard two{second};
    } catch (const tutti::deadlock& d) {
      refused.with([&](std::string& text) { text += d.what(); });
    }
  };
  {
    tutti::thread a{"anna", work, std::ref(left), std::ref(right)};
    tutti::thread b{"bert", work, std::ref(right), std::ref(left)};
  }
  return refused.with([](const std::string& text) { return text; });
}

}  // namespace

int main() {
  const std::string ring = really();
  std::puts(ring.c_str());
  for (const char* part : {"thread \"anna\" waits for the mutex made at",
                           "thread \"bert\" waits for the mutex made at",
                           "and holds the mutex made at", "001-10_abba_is_reported.cpp:"}) {
    if (ring.find(part) == std::string::npos) return 4;
  }
  try {
    lab::explore({}, abba);
    return 1;
  } catch (const lab::failure& f) {
    const std::string text = f.what();
    std::puts(text.c_str());
    if (text.find("deadlock") != 0) return 2;
    for (const char* part : {"\"anna\" waits in mutex", "\"bert\" waits in mutex", "lock A",
                             "lock B", "\"anna\" waits for a mutex that thread \"bert\" holds",
                             "\"bert\" waits for a mutex that thread \"anna\" holds"}) {
      if (text.find(part) == std::string::npos) return 3;
    }
  }
  return 0;
}
