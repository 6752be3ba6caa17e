// Exceptions cross awaits, gather, groups, threads and processes with their type; nothing is lost.
// rows: 000-14 000-34 000-41 001-15 001-18
#include <tutti/observe.hpp>
#include <tutti/tutti.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include "acceptance.hpp"

tutti::task<> throws_deep(int depth) {
  if (depth == 0) throw std::out_of_range("five awaits deep");
  co_await throws_deep(depth - 1);
}
constexpr unsigned line_of_the_await = __LINE__ - 2;
tutti::task<> fails(std::string text) {
  co_await tutti::yield();
  throw std::runtime_error(text);
}
void refuses() { throw std::out_of_range("from another place"); }

std::string reported;

/// Asked to stop because a sibling failed, it fails on its way out.
tutti::task<> fails_at_the_end(std::string text) {
  try {
    co_await tutti::sleep(tutti::duration::max());
  } catch (const tutti::cancelled&) {
  }
  throw std::runtime_error(text);
}
tutti::task<> three_fail(tutti::task_group& g) {
  g.spawn(fails_at_the_end("first"), {.name = "one"});
  g.spawn(fails("second"), {.name = "two"});
  g.spawn(fails_at_the_end("third"), {.name = "three"});
  co_return;
}

tutti::task<> amain() {
  bool caught = false;
  try {
    co_await throws_deep(5);
  } catch (const std::out_of_range& e) {
    caught = std::string(e.what()) == "five awaits deep";
    const std::vector<tutti::trace_frame> trace = tutti::async_trace();
    require(trace.size() == 6, "the async trace names the whole awaiting chain");
    require(trace.front().function.find("throws_deep") != std::string::npos &&
                trace.front().line != trace.back().line,
            "with the place of the one that threw");
    require(trace.back().function.find("throws_deep") != std::string::npos &&
                trace.back().line == line_of_the_await,
            "and the lines of those that awaited");
  }
  require(caught, "an exception five awaits deep arrives with type and text");
  try {
    co_await tutti::with_task_group(three_fail);
    require(false, "a group with failures throws");
  } catch (const tutti::exception_group& g) {
    const std::string tree = g.what();
    require(g.leaves().size() == 3, "three failures are three leaves");
    for (const char* text : {"first", "second", "third"}) {
      require(tree.find(text) != std::string::npos, "the tree shows every message");
    }
  }
  tutti::spawn(fails("nobody reads this"), {.name = "forgotten"});
  co_await tutti::yield();
  co_await tutti::yield();
}

int main() {
  tutti::process_pool processes{{.workers = 1}};
  tutti::observe::on_unobserved_error([](const tutti::observe::task_info& t, std::exception_ptr e) {
    try {
      std::rethrow_exception(e);
    } catch (const std::runtime_error& error) {
      reported += t.name + ": " + error.what() + ";";
    }
  });
  tutti::run(amain());
  require(reported == "forgotten: nobody reads this;",
          "an unread error is reported once, with its task");
  bool thread_threw = false;
  tutti::thread t{"failing", refuses};
  try {
    t.join();
  } catch (const std::out_of_range&) {
    thread_threw = true;
  }
  require(thread_threw, "join rethrows what the thread threw");
  bool process_threw = false;
  try {
    processes.submit(refuses).get();
  } catch (const std::out_of_range& e) {
    process_threw = std::string(e.what()) == "from another place";
  }
  require(process_threw, "an exception crosses from a process with its type");
}
