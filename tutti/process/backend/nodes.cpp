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
  waiter* next = nullptr;
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
  waiter* first = nullptr;  // in a chain of their own: who sleeps must not need memory
  std::vector<std::unique_ptr<node>> all;

  void append(waiter& w) noexcept {
    waiter** at = &first;
    while (*at != nullptr) at = &(*at)->next;
    *at = &w;
  }
  /// The first one that fits leaves the chain; null: none.
  template <class Fits>
  waiter* take(Fits fits) noexcept {
    for (waiter** at = &first; *at != nullptr; at = &(*at)->next) {
      if (!fits(**at)) continue;
      waiter* const found = *at;
      *at = std::exchange(found->next, nullptr);
      return found;
    }
    return nullptr;
  }
};
everything& here() {
  static thread_local everything one;
  if (const std::uint64_t run = current->run_number(); one.run != run) {
    one.run = run;
    one.first = nullptr;
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
  const auto its = [number](const waiter& s) { return s.node == number; };
  while (here().take(its) != nullptr) {
  }
  os::ring(which.bell.get());
}

}  // namespace

zygote::birth make(std::span<const int> descriptors, std::byte* shared, std::string_view name) {
  if (const int number = sys::injected_fault("process.fork"); number != 0)
    throw std::system_error(number, std::system_category(), "making a worker process");
  std::vector<sys::descriptor> copies;  // as a process would have its own
  std::vector<int> numbers;
  copies.reserve(descriptors.size());
  numbers.reserve(descriptors.size());
  for (const int fd : descriptors) copies.push_back(os::duplicate(fd));
  for (const sys::descriptor& one : copies) numbers.push_back(one.get());
  auto made = std::make_unique<node>();
  made->body = make_node_worker(numbers, shared);
  for (sys::descriptor& one : copies) one.release();  // they are the body's now
  sys::descriptor handle = os::make_bell();
  made->bell = os::duplicate(handle.get());
  made->handle = handle.get();
  node* const self = made.get();
  here().all.push_back(std::move(made));
  try {
    self->number = current->begin(
        name,
        [self] {
          self->how = {self->body->run(), 0};
        },
        [self](int signal) { node_over(*self, signal); });
  } catch (...) {
    std::erase_if(here().all, [self](const auto& n) { return n.get() == self; });
    throw;
  }
  return {static_cast<int>(self->number), std::move(handle)};
}

bool sleep(const void* key, time_point deadline) noexcept {
  waiter self{key, current->node_here(), {}};
  everything& all = here();
  all.append(self);
  const bool woken = self.parker.park_until(deadline);
  all.take([&self](const waiter& s) { return &s == &self; });
  return woken;
}

void wake(const void* key, int count) noexcept {
  for (; count > 0; --count) {  // looked up anew: waking one lets others go on
    waiter* const next = here().take([key](const waiter& s) { return s.key == key; });
    if (next == nullptr) return;
    next->parker.unpark();
  }
}

void announce() noexcept {
  int count = 0;
  for (const waiter* w = here().first; w != nullptr; w = w->next) ++count;
  wake(&news, count);
}
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
