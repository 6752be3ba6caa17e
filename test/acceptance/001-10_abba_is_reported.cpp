// rows: 001-10, 004-14
// Two locks taken in opposite orders: reported with who holds and who waits, instead of hanging.
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

}  // namespace

int main() {
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
