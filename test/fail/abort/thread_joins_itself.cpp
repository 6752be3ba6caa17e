// A thread that waits for its own end waits for ever; it is told so instead.
// expect: a thread joined itself
#include <tutti/sys/parker.hpp>
#include <tutti/sys/thread.hpp>

int main() {
  tutti::sys::thread self;
  tutti::sys::parker started;
  self = tutti::sys::thread("self", [&] {
    started.park();
    self.join();
  });
  started.unpark();
  tutti::sys::parker never;
  never.park();
}
