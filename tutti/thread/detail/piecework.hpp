/// \file
/// Threads of a pool that share the numbered pieces of one job: the body of every parallel
/// algorithm.
#pragma once

#include <memory>
#include <optional>

#include <tutti/base/function.hpp>
#include <tutti/core/detail/intake.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/task_cell.hpp>

namespace tutti {
class thread_pool;
}

namespace tutti::detail {

class piecework;

/// One thread's part in a job. Its entry in the pool's queue may outlive the job; then it does
/// nothing.
class piecework_share final : public task_cell {
 public:
  piecework_share(piecework& of, scheduler& on, cancel_node* parent) noexcept;

 private:
  void start() noexcept override;
  void drop() noexcept override;
  std::coroutine_handle<> body_done() noexcept override { return std::noop_coroutine(); }
  void give_back() noexcept;
  piecework& of_;
};

/// Threads:  work() by anyone who helps; cancel_work() from anywhere.
/// Lifetime: counted: one share for the future and one for each share in the queue. The callable is
/// only called for a
///           piece that was claimed, and its owner waits until all claimed pieces are over.
/// Wakes:    the last piece completes the future.
/// Order:    what the pieces did is seen by who waited for the future.
/// Cancel:   pieces that nobody has claimed are skipped.
class piecework final : public future_state<void> {
 public:
  using piece_fn = function_ref<void(std::size_t)>;
  piecework(admission&& open, piece_fn fn, std::size_t pieces) noexcept
      : future_state<void>(1U), open_(std::move(open)), fn_(fn), pieces_(pieces), left_(pieces) {}

  /// Queues `helpers` helpers on `on`.
  void call_helpers(scheduler& on, std::size_t helpers);
  /// Claims pieces and does them until there are no more.
  void work(task_cell& self) noexcept;

  bool cancel_work(cancel_reason why) noexcept override;
  std::string label() override { return "parallel"; }

 private:
  void failed(task_cell& self, std::exception_ptr error) noexcept;
  void over(std::size_t pieces) noexcept;

  admission open_;  // the pool waits for the job; owner: the last piece
  piece_fn fn_;
  const std::size_t pieces_;
  std::unique_ptr<std::optional<piecework_share>[]> shares_;  // fixed before the first is queued
  std::size_t share_count_ = 0;                               // fixed before the first is queued
  std::exception_ptr failure_;                                // owner: who set decided_
  sys::atomic<std::size_t> next_{0};
  sys::atomic<std::size_t> left_;
  sys::atomic<bool> decided_{false};
  sys::atomic<bool> incomplete_{false};
};

/// Does all pieces on the pool and returns when they are over; on a thread of the pool the caller
/// works too. The first failure keeps the rest from starting and is rethrown; a cancelled caller
/// throws `cancelled` unless all was done. Throws blocking_call, naming `operation`, on a loop or
/// in a coroutine.
void run_pieces(thread_pool& pool, const char* operation, std::size_t pieces,
                piecework::piece_fn fn);
/// The same, to be awaited; `fn` lives until then.
future<void> start_pieces(thread_pool& pool, std::size_t pieces, piecework::piece_fn fn);

}  // namespace tutti::detail
