/// \file
/// One call given to a pool: its bytes, where it is now, and whom to tell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tutti/base/list.hpp>
#include <tutti/process/detail/arena.hpp>
#include <tutti/process/detail/lane.hpp>
#include <tutti/wire/bytes.hpp>
#include <tutti/wire/function_id.hpp>

namespace tutti::detail {

class host_lane;

/// Threads:  made and filled by the submitter; then guarded by the pool's mutex; ended by whoever
/// took it out of there. Lifetime: the pool holds one share (let_go) from submit() to the end.
/// Wakes:    exactly one of succeed(), fail() and cancelled() is called, once, with no lock held.
/// Order:    what the submitter wrote is seen by the worker that runs it.
/// Cancel:   process_pool_core.cancel().
class pool_call : public list_node {
 public:
  virtual void succeed(wire::byte_reader& in) = 0;
  virtual void fail(std::exception_ptr error) noexcept = 0;
  virtual void cancelled() noexcept = 0;
  virtual void let_go() noexcept = 0;

  /// What is running: the function's name, or the type of a callable without one.
  std::string name() const;
  /// For reports: how long its arguments are, and a number that is the same for the same bytes.
  /// `bytes` are those in shared memory, if they lie there.
  std::string arguments_text(std::span<const std::byte> bytes) const;
  /// The same for the same function with the same arguments.
  std::uint64_t fingerprint(std::span<const std::byte> bytes) const noexcept;
  std::span<const std::byte> arguments_in(std::span<const std::byte> memory) const noexcept;

  wire::function_id entry;
  wire::function_id target;
  const void* code = nullptr;  ///< the target's address here, if the callable is a function pointer
  std::string_view type_name;  ///< static
  std::uint64_t length = 0;
  std::uint64_t baggage = 0;  ///< how many bytes of it are what follows work, before the arguments
  arena::block block;         ///< where the arguments lie if longer than call_cell::room
  std::byte inside[call_cell::room];
  std::vector<std::shared_ptr<const void>> kept;
  unsigned retries_left = 0;
  unsigned passes = 0;  ///< workers that ended with it as the next to begin; supervisor only

  enum class place : unsigned char { outside, queued, lane, ending };
  place where = place::outside;  // guarded by the pool's mutex
  host_lane* lane = nullptr;     // guarded by the pool's mutex
  std::uint32_t cell = 0;        // guarded by the pool's mutex; number of its call cell

 protected:
  ~pool_call() = default;
};

/// The failure that a worker wrote down, which remembers where it was thrown there.
std::exception_ptr failure_from_worker(wire::byte_reader& in);

}  // namespace tutti::detail
