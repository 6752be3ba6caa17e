#include <tutti/pattern/task_graph.hpp>

#include <algorithm>

#include <tutti/base/clock.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/task_group.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti {
namespace detail {

void throw_no_value() {
  throw error(
      "a call in a task_graph has no value yet: run the graph first, and see that it ends "
      "without an error");
}

void throw_other_graph() {
  throw error(
      "a call in a task_graph refers to one in another graph; both must be in the same one");
}

struct graph_body::entry {
  std::unique_ptr<graph_step> step;
  std::vector<std::size_t> needs;      ///< what comes before it, each once
  std::vector<std::size_t> followers;  ///< what waits for it
  std::string name;
  duration took{};  ///< in the last run; owner: the task that runs it
};

/// One run of a graph.
///
/// Threads:  the tasks of the run, in parallel on a pool.
/// Lifetime: in the frame of run(), which outlives them.
/// Wakes:    nobody.
/// Order:    who brings a count to zero has seen what all the others did.
/// Cancel:   by its group.
struct graph_body::running {
  running(graph_body& b, task_executor& w)
      : body(b), where(w), missing(std::make_unique<sys::atomic<std::size_t>[]>(b.size())) {
    for (std::size_t i = 0; i < b.size(); ++i) {
      missing[i].store(b.entries_[i].needs.size(), sys::relaxed);
    }
  }

  /// Makes call `i`, then what follows from it: the first that has become ready in this task, the
  /// others in tasks of their own.
  task<> from(std::size_t i, task_group& group) {
    for (std::optional<std::size_t> at = i; at;) {
      entry& e = body.entries_[*at];
      const time_point start = clock::now();
      std::exception_ptr wrong;
      try {
        co_await e.step->call(where);
      } catch (const cancelled&) {
        throw;
      } catch (...) {
        wrong = std::current_exception();
      }
      e.took = clock::now() - start;
      if (wrong) {
        fail(e.name, std::move(wrong));
        group.cancel();
        co_return;
      }
      at.reset();
      for (const std::size_t next : e.followers) {
        // pairs: graph.missing
        if (missing[next].fetch_sub(1, sys::acq_rel) != 1) continue;
        if (at) {
          group.spawn(from(next, group));
        } else {
          at = next;
        }
      }
    }
  }
  void fail(const std::string& who, std::exception_ptr wrong) {
    {
      sys::lock hold(mu);
      if (!first) {
        first = std::move(wrong);
        return;
      }
    }
    report_unobserved(who, wrong);
  }

  graph_body& body;
  task_executor& where;
  const std::unique_ptr<sys::atomic<std::size_t>[]> missing;  ///< calls each still waits for
  sys::mutex mu;
  std::exception_ptr first TUTTI_GUARDED_BY(mu);
};

graph_body::graph_body() = default;
graph_body::~graph_body() = default;

std::size_t graph_body::size() const noexcept { return entries_.size(); }

std::size_t graph_body::add(std::unique_ptr<graph_step> step, std::vector<std::size_t> needs) {
  const std::size_t number = entries_.size();
  entries_.push_back({std::move(step), {}, {}, "call " + std::to_string(number + 1), {}});
  for (const std::size_t first : needs) order(first, number);
  return number;
}

void graph_body::name(std::size_t number, std::string_view text) { entries_[number].name = text; }

void graph_body::order(std::size_t first, std::size_t then) {
  std::vector<std::size_t>& needs = entries_[then].needs;
  if (std::find(needs.begin(), needs.end(), first) != needs.end()) return;
  needs.push_back(first);
  entries_[first].followers.push_back(then);
}

/// Kahn's algorithm: what cannot be put into an order lies on a cycle or behind one.
void graph_body::require_no_cycle() const {
  std::vector<std::size_t> missing;
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    missing.push_back(entries_[i].needs.size());
    if (missing.back() == 0) ready.push_back(i);
  }
  for (std::size_t done = 0; done < ready.size(); ++done) {
    for (const std::size_t next : entries_[ready[done]].followers) {
      if (--missing[next] == 0) ready.push_back(next);
    }
  }
  if (ready.size() == entries_.size()) return;
  // Walking back from one that is stuck, along others that are, must come round.
  std::size_t at = 0;
  while (missing[at] == 0) ++at;
  std::vector<std::size_t> walk;
  while (std::find(walk.begin(), walk.end(), at) == walk.end()) {
    walk.push_back(at);
    const auto& needs = entries_[at].needs;
    at = *std::find_if(needs.begin(), needs.end(), [&](std::size_t n) { return missing[n] != 0; });
  }
  std::string text = "the calls of this task_graph wait for each other: \"" + entries_[at].name;
  for (auto it = std::find(walk.begin(), walk.end(), at) + 1; it != walk.end(); ++it) {
    text += "\" after \"" + entries_[*it].name;
  }
  throw error(text + "\" after \"" + entries_[at].name + "\"");
}

task<> graph_body::run(std::shared_ptr<graph_body> self, task_executor& where) {
  self->require_no_cycle();
  for (entry& e : self->entries_) {
    e.step->forget();
    e.took = {};
  }
  running pass(*self, where);
  auto body = [&pass](task_group& group) -> task<> {
    for (std::size_t i = 0; i < pass.body.size(); ++i) {
      if (pass.body.entries_[i].needs.empty()) group.spawn(pass.from(i, group));
    }
    co_return;
  };
  co_await with_task_group(body);
  std::exception_ptr first;
  {
    sys::lock hold(pass.mu);
    first = std::move(pass.first);
  }
  if (first) std::rethrow_exception(std::move(first));
}

namespace {

/// Between quotes, in Graphviz and in Mermaid.
std::string quoted(std::string_view text, const char* quote) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') {
      out += quote;
    } else if (c == '\\') {
      out += "\\\\";
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string graph_body::dot() const {
  std::string out = "digraph {\n";
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    out += "  n" + std::to_string(i) + " [label=" + quoted(entries_[i].name, "\\\"") + "];\n";
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    for (const std::size_t first : entries_[i].needs) {
      out += "  n" + std::to_string(first) + " -> n" + std::to_string(i) + ";\n";
    }
  }
  return out + "}\n";
}

std::string graph_body::mermaid() const {
  std::string out = "graph TD\n";
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    out += "  n" + std::to_string(i) + "[" + quoted(entries_[i].name, "#quot;") + "]\n";
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    for (const std::size_t first : entries_[i].needs) {
      out += "  n" + std::to_string(first) + " --> n" + std::to_string(i) + "\n";
    }
  }
  return out;
}

tutti::critical_path graph_body::longest() const {
  require_no_cycle();
  const std::size_t none = entries_.size();
  std::vector<duration> until(none, duration::min());  // the longest chain that ends with it
  std::vector<std::size_t> before(none, none);
  std::vector<std::size_t> stack;
  for (std::size_t start = 0; start < none; ++start) {
    stack.push_back(start);
    while (!stack.empty()) {
      const std::size_t i = stack.back();
      const auto open = std::find_if(entries_[i].needs.begin(), entries_[i].needs.end(),
                                     [&](std::size_t n) { return until[n] == duration::min(); });
      if (open != entries_[i].needs.end()) {
        stack.push_back(*open);
        continue;
      }
      stack.pop_back();
      duration longest{};
      for (const std::size_t n : entries_[i].needs) {
        if (until[n] < longest || (before[i] != none && until[n] == longest)) continue;
        longest = until[n];
        before[i] = n;
      }
      until[i] = longest + entries_[i].took;
    }
  }
  tutti::critical_path path;
  if (none == 0) return path;
  auto at = static_cast<std::size_t>(std::max_element(until.begin(), until.end()) - until.begin());
  path.took = until[at];
  for (; at != none; at = before[at]) path.names.push_back(entries_[at].name);
  std::reverse(path.names.begin(), path.names.end());
  return path;
}

}  // namespace detail

task_graph::task_graph() : body_(std::make_shared<detail::graph_body>()) {}
task_graph::~task_graph() = default;

void task_graph::run(task_executor& where) {
  auto running = where.submit(detail::graph_body::run(body_, where));
  try {
    running.wait();
  } catch (const cancelled&) {
    (void)running.cancel();
    // What runs refers to the graph and to what its caller owns: it is waited for in any case.
    detail::task_cell& self = detail::current_cell();
    detail::cancel_node node(detail::cancel_node::kind::shield, self.scope);
    const detail::entered_scope inside(self, node, time_point::max());
    running.wait();
  }
  running.get();
}

task<> task_graph::async_run(task_executor& where) {
  auto running = where.submit(detail::graph_body::run(body_, where));
  co_await std::move(running);
}

}  // namespace tutti
