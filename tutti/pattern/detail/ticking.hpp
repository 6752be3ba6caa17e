/// \file
/// What ticker and cron share: waiting for the next point of a plan, in a task or on a thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <tutti/base/function.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/sync/event.hpp>
#include <tutti/sys/thread.hpp>

namespace tutti::detail {

/// Points in time, one after the other. owner: who ticks.
class tick_plan {
 public:
  virtual ~tick_plan() = default;
  /// When to look again; `time_point::max()` if there is no further point.
  virtual time_point next() noexcept = 0;
  /// At that time: empty if no point has come yet, else how many points before the latest one went
  /// by unseen. The plan then stands behind the latest.
  virtual std::optional<std::uint64_t> arrive(time_point at) noexcept = 0;
};

/// The body of a ticker.
///
/// Threads:  stop() and missed() from anywhere; tick() by one task at a time.
/// Lifetime: the destructor stops the ticking and joins its thread.
/// Wakes:    stop() wakes the task in tick() and the sleeping thread.
/// Order:    what happened before stop() is seen after the tick() that gives false.
/// Cancel:   a cancelled tick() leaves its point of time to the next call.
class ticking {
 public:
  /// Ticks are awaited.
  ticking(std::unique_ptr<tick_plan> plan, const char* who);
  /// Ticks run `fn` on a thread of their own.
  ticking(std::unique_ptr<tick_plan> plan, std::string_view name,
          function<void(std::stop_token)> fn);
  ~ticking();
  ticking(const ticking&) = delete;
  ticking& operator=(const ticking&) = delete;

  task<bool> tick();
  void stop() noexcept;
  bool is_stopped() const noexcept { return stopped_.is_set(); }
  std::uint64_t missed() const noexcept { return missed_.load(sys::relaxed); }

 private:
  void run(function<void(std::stop_token)>& fn) noexcept;
  bool arrived() noexcept;
  /// Takes the right to run `fn` once more; false after stop(), which it is ordered with.
  bool begin() noexcept;

  const std::unique_ptr<tick_plan> plan_;
  const std::string name_;
  event stopped_;          // for the thread
  scope_control waiting_;  // for the task
  std::stop_source stop_;  // for fn
  sys::atomic<std::uint64_t> missed_{0};
  sys::mutex mu_;
  bool over_ TUTTI_GUARDED_BY(mu_) = false;
  sys::thread thread_;  // owner: constructor and destructor
};

}  // namespace tutti::detail
