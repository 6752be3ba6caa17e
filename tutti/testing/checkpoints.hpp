/// \file
/// Does this code give others a chance, and can it be cancelled here?
#pragma once

#include <cstdint>
#include <source_location>

namespace tutti {
namespace detail {

class task_cell;

/// Notices whether the calling task passes a checkpoint while it lives.
class checkpoint_watch {
 public:
  checkpoint_watch() noexcept;
  checkpoint_watch(const checkpoint_watch&) = delete;
  checkpoint_watch& operator=(const checkpoint_watch&) = delete;
  /// Call once, at the end; always "as wanted" while an exception passes.
  void end(bool wanted, std::source_location where);

 private:
  task_cell& cell_;
  std::uint32_t former_;
  int exceptions_;
};

}  // namespace detail

namespace testing {

/// While it lives, the calling task must pass at least one checkpoint: a place where it lets others
/// run or notices cancellation. A broken one ends a simulation with `failure`; elsewhere its
/// destructor throws it. Source: `trio.testing.assert_checkpoints`.
/// ```
/// { testing::assert_checkpoint waits; co_await queue.async_get(); }
/// ```
class assert_checkpoint {
 public:
  explicit assert_checkpoint(std::source_location where = std::source_location::current()) noexcept
      : where_(where) {}
  ~assert_checkpoint() noexcept(false) { watch_.end(true, where_); }
  assert_checkpoint(const assert_checkpoint&) = delete;
  assert_checkpoint& operator=(const assert_checkpoint&) = delete;

 private:
  std::source_location where_;
  detail::checkpoint_watch watch_;
};

/// While it lives, the calling task must not pass a checkpoint: what stands here is not interrupted
/// by other tasks of the same loop. Asking whether cancellation was requested counts as one.
class assert_no_checkpoint {
 public:
  explicit assert_no_checkpoint(
      std::source_location where = std::source_location::current()) noexcept
      : where_(where) {}
  ~assert_no_checkpoint() noexcept(false) { watch_.end(false, where_); }
  assert_no_checkpoint(const assert_no_checkpoint&) = delete;
  assert_no_checkpoint& operator=(const assert_no_checkpoint&) = delete;

 private:
  std::source_location where_;
  detail::checkpoint_watch watch_;
};

}  // namespace testing
}  // namespace tutti
