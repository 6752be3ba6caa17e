/// \file
/// `process_barrier`: processes that go on together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>
#include <tutti/process/detail/shared_handle.hpp>

namespace tutti {

/// Lets `n` threads or tasks of any processes go on together, round after round. A handle: copies,
/// and what a task gets, are the same barrier.
///
/// Threads:  everything from any thread or task of any process.
/// Lifetime: counted, as shared_array.
/// Wakes:    the last to arrive wakes all; abort() and reset() wake all with `broken_barrier`.
/// Order:    what happened before each arrival is seen by all who go on.
/// Cancel:   who gives up is not counted; neither is who died while it waited.
///
/// One that dies before it arrives is missed by all the others: give them a time limit, or have
/// whoever sees the death call abort(). `process_barrier{0}` is `std::invalid_argument`.
/// ```
/// tutti::process_barrier round{3};
/// ```
/// Source: `multiprocessing.Barrier`.
class process_barrier {
 public:
  explicit process_barrier(std::uint32_t parties);
  /// Waits for the others; gives 0 to the first of this round, `n - 1` to the last. Throws
  /// `broken_barrier`; blocking_call on a loop's thread if it would have to wait.
  std::size_t arrive_and_wait();
  /// The same for at most `limit`; empty when it ran out, and then it did not arrive.
  std::optional<std::size_t> try_arrive_and_wait_for(detail::timespan limit);
  std::optional<std::size_t> try_arrive_and_wait_until(time_point limit);
  /// The same, awaited.
  task<std::size_t> async_arrive_and_wait();
  /// Breaks it: who waits and who comes later gets `broken_barrier`, until reset().
  void abort();
  /// Makes it whole and empty; who waits gets `broken_barrier`.
  void reset();
  std::size_t parties() const noexcept;

 private:
  friend struct detail::handle_crossing<process_barrier>;
  struct layout;
  class table;
  struct arrival;
  explicit process_barrier(detail::shared_block::handle block) noexcept
      : block_(std::move(block)) {}
  static task<std::size_t> await_round(detail::shared_block::handle block);

  detail::shared_block::handle block_;
};

template <>
struct wire::crossing<process_barrier> {
  static void encode(byte_writer& out, const process_barrier& b);
  static process_barrier decode(byte_reader& in);
};

}  // namespace tutti
