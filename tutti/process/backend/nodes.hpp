/// \file
/// Workers inside a simulation: each a strand of the simulator that talks to the pool through the
/// same lane and the same archive as a process, and dies as one does.
///
/// Descriptors, epoll and shared memory stay the system's; what would wait in the kernel, or make,
/// end and collect a process, comes here instead. Nothing of this runs outside of a simulation.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <tutti/base/function.hpp>
#include <tutti/base/time.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/process/backend/zygote.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti::detail::nodes {

/// What the laboratory lends us: strands that end together, in the middle of whatever they do.
class keeper {
 public:
  /// Starts a strand of a new node and gives the node's number, which counts from 1 in each run.
  /// Strands that it starts belong to the node, too. `over` is called once, without a switch to
  /// another strand in it, when the node's first strand has ended or end() was called.
  virtual std::uint32_t begin(std::string_view name, function<void()> body,
                              function<void(int signal)> over) = 0;
  /// Its strands never go on; nothing on their stacks is destroyed. Does not return to one of them.
  virtual void end(std::uint32_t node, int signal) noexcept = 0;
  /// The node that calls; 0: the program itself.
  virtual std::uint32_t node_here() const noexcept = 0;
  /// A number that no other run of this thread has: what a broken-off one left is forgotten then.
  virtual std::uint64_t run_number() const noexcept = 0;

 protected:
  ~keeper() = default;
};

/// Of this thread's simulation; null outside of one.
inline thread_local constinit keeper* current = nullptr;

/// As zygote::make. `shared` is the lane's memory where the host has mapped it: a strand that
/// sleeps on a word of it is found by its address.
zygote::birth make(std::span<const int> descriptors, std::byte* shared, std::string_view name);

/// Sleeps until wake(key), false: until the deadline; wakes spuriously.
bool sleep(const void* key, time_point deadline) noexcept;
void wake(const void* key, int count) noexcept;
/// A bell rang or a node has ended: whoever waits for descriptors looks at them again.
void announce() noexcept;
/// Sleeps until announce() or the deadline (false).
bool await_news(time_point deadline) noexcept;

/// Is it the handle of a node?
bool knows(int handle) noexcept;
void kill(int handle, int signal) noexcept;
/// Forgets the node and destroys its worker's half of the lane.
os::ended collect(int handle) noexcept;

}  // namespace tutti::detail::nodes

namespace tutti::detail {

/// The worker loop as a strand: it gives the exit code instead of ending the process.
class node_worker {
 public:
  virtual ~node_worker() = default;
  virtual int run() = 0;
};
/// Takes the descriptors. Implemented beside run_worker.
std::unique_ptr<node_worker> make_node_worker(std::span<const int> descriptors, std::byte* shared);

}  // namespace tutti::detail
