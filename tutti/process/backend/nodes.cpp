#include <tutti/process/backend/nodes.hpp>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/sys/parker.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail::nodes {
namespace {

/// Somebody who sleeps on a key.
///
/// Threads:  the simulation's one.
/// Lifetime: on the stack of its strand; leaves the list before that goes on, or as its node ends.
/// Wakes:    only wake() does.
/// Order:    one strand runs at a time.
/// Cancel:   cannot be: who waits for it ends the node.
struct waiter {
  const void* key;
  std::uint32_t node;
  sys::parker parker;
};

struct node {
  std::uint32_t number = 0;
  int handle = -1;
  sys::descriptor bell;  // a copy of the handle: rung by the node's end
  os::ended how;
  std::unique_ptr<node_worker> body;
};

/// Threads:  the simulation's one.
/// Lifetime: the thread's.
/// Wakes:    wake() and announce(), first come first.
/// Order:    one strand runs at a time.
/// Cancel:   a node's end takes its waiters out.
struct everything {
  std::uint64_t run = 0;
  std::vector<waiter*> waiters;
  std::vector<std::unique_ptr<node>> all;
};
everything& here() {
  static thread_local everything one;
  if (const std::uint64_t run = current->run_number(); one.run != run) {
    one.run = run;
    one.waiters.clear();
    one.all.clear();
  }
  return one;
}

/// What those wait for who wait for descriptors.
constexpr char news = 0;

node* find(int handle) noexcept {
  if (current == nullptr) return nullptr;
  for (const auto& one : here().all)
    if (one->handle == handle) return one.get();
  return nullptr;
}

void node_over(node& which, int signal) noexcept {
  if (signal != 0) which.how = {0, signal};
  const std::uint32_t number = which.number;
  std::erase_if(here().waiters, [number](const waiter* s) { return s->node == number; });
  os::ring(which.bell.get());
}

}  // namespace

zygote::birth make(std::span<const int> descriptors, std::byte* shared, std::string_view name) {
  if (const int number = sys::injected_fault("process.fork"); number != 0)
    throw std::system_error(number, std::system_category(), "making a worker process");
  std::vector<sys::descriptor> copies;  // as a process would have its own
  for (const int fd : descriptors) copies.push_back(os::duplicate(fd));
  std::vector<int> numbers;
  for (sys::descriptor& one : copies) numbers.push_back(one.release());
  auto made = std::make_unique<node>();
  made->body = make_node_worker(numbers, shared);
  sys::descriptor handle = os::make_bell();
  made->bell = os::duplicate(handle.get());
  made->handle = handle.get();
  node* const self = made.get();
  here().all.push_back(std::move(made));
  self->number = current->begin(
      name, [self] { self->how = {self->body->run(), 0}; },
      [self](int signal) { node_over(*self, signal); });
  return {static_cast<int>(self->number), std::move(handle)};
}

bool sleep(const void* key, time_point deadline) noexcept {
  waiter self{key, current->node_here(), {}};
  std::vector<waiter*>& line = here().waiters;
  line.push_back(&self);
  const bool woken = self.parker.park_until(deadline);
  std::erase(line, &self);
  return woken;
}

void wake(const void* key, int count) noexcept {
  std::vector<waiter*>& line = here().waiters;
  for (; count > 0; --count) {  // looked up anew: waking one lets others go on
    const auto at =
        std::find_if(line.begin(), line.end(), [key](const waiter* s) { return s->key == key; });
    if (at == line.end()) return;
    waiter& next = **at;
    line.erase(at);
    next.parker.unpark();
  }
}

void announce() noexcept { wake(&news, static_cast<int>(here().waiters.size())); }
bool await_news(time_point deadline) noexcept { return sleep(&news, deadline); }

bool knows(int handle) noexcept { return find(handle) != nullptr; }

void kill(int handle, int signal) noexcept {
  node* const which = find(handle);
  if (!os::has_ended(handle)) current->end(which->number, signal);
}

os::ended collect(int handle) noexcept {
  while (!os::has_ended(handle)) await_news(time_point::max());
  auto& all = here().all;
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const auto& n) { return n->handle == handle; });
  const os::ended how = (*at)->how;
  all.erase(at);
  return how;
}

}  // namespace tutti::detail::nodes
