// rows: 000-39 001-17
// also under: asan tsan
// The graph of a blocked three-level await names every coroutine and the task that waits; a logged
// exception names its task, type and text, and the coroutines it came through.
#include "acceptance.hpp"

#include <tutti/observe.hpp>
#include <tutti/tutti.hpp>

#include <sstream>
#include <stdexcept>
#include <string>

namespace {

tutti::task<> third(tutti::event& never) { co_await never.async_wait(); }
tutti::task<> second(tutti::event& never) { co_await third(never); }
tutti::task<> first(tutti::event& never) { co_await second(never); }
tutti::task<> waits_for_it(tutti::event& never) { co_await tutti::gather(first(never)); }

tutti::task<> graph() {
  tutti::event never;
  auto blocked = tutti::spawn(waits_for_it(never), {.name = "boss"});
  for (int i = 0; i < 4; ++i) co_await tutti::yield();
  std::ostringstream drawn;
  tutti::observe::dump(drawn);
  const std::string text = drawn.str();
  const auto boss = text.find("boss #");
  require(boss != text.npos, "the graph names the task that waits");
  auto at = text.find("event", boss);
  for (const char* name : {"third (", "second (", "first ("}) {
    at = text.find(name, at);
    require(at != text.npos, "the graph shows the three coroutines, innermost first");
    require(text.find("000-39_call_graph.cpp:", at) != text.npos, "with file and line");
  }
  blocked.cancel();
}

tutti::task<> deepest() {
  co_await tutti::yield();
  throw std::out_of_range("no such key");
}
tutti::task<> middle() { co_await deepest(); }

tutti::task<> logged(std::ostream& log) {
  auto failing = tutti::spawn(tutti::observe::log_exceptions(log, middle()), {.name = "reader"});
  try {
    co_await std::move(failing);
    require(false, "what is logged is thrown on");
  } catch (const std::out_of_range&) {
    require(tutti::async_trace().size() == 3, "the trace goes on after it was logged");
  }
}

}  // namespace

int main() {
  tutti::run(graph());
  std::ostringstream log;
  tutti::run(logged(log));
  for (const char* part : {"\"reader\"", "std::out_of_range", "no such key", "deepest", "middle"}) {
    require(log.str().find(part) != std::string::npos,
            "the record has the task's name, the type, the text and the trace");
  }
  return 0;
}
