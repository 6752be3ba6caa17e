/// \file
/// The untyped body of process_pool: a queue, the lanes of its workers, and one supervising thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <tutti/base/function.hpp>
#include <tutti/base/list.hpp>
#include <tutti/base/time.hpp>
#include <tutti/process/backend/identity.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/process/detail/arena.hpp>
#include <tutti/process/detail/host_lane.hpp>
#include <tutti/process/detail/pool_call.hpp>
#include <tutti/process/detail/quarantine.hpp>
#include <tutti/process/worker_output.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/thread.hpp>

namespace tutti::detail {

struct process_pool_settings {
  std::string name;
  unsigned workers = 1;
  void (*initializer)() = nullptr;
  std::size_t max_tasks_per_worker = 0;
  duration task_timeout{};
  std::size_t memory_limit = 0;
  std::uint64_t cpu_seconds = 0;
  unsigned retries = 0;
  unsigned quarantine_after = 0;
  bool warm_spare = false;
  std::uint32_t sandbox_flags = 0;    ///< of lane_*
  sys::descriptor write_rules;        ///< with lane_read_only
  std::shared_ptr<zygote::own> from;  ///< null: the program's zygote
  bool logs_output = false;
  bool measure_memory = false;
  bool spins = true;
  void (*on_output)(const worker_line&) = nullptr;
};

struct process_pool_counts {
  std::size_t workers = 0;
  std::size_t restarts = 0;
  std::size_t queued = 0;
  std::size_t running = 0;
  std::size_t done = 0;
  std::size_t largest_growth = 0;
  std::string largest_task;
};

/// Threads:  submit(), cancel(), counts() and close() from anywhere; everything else in the
/// supervisor. Lifetime: calls share it; the pool closes and joins it before it goes. Wakes:    a
/// submitted call wakes a worker that has room; answers, deaths and close() wake the supervisor.
/// Order:    calls start in the order of submission, except those whose worker died and those that
/// were moved to an
///           idle worker.
/// Cancel:   cancel(): what has not started never starts; what runs is ended with its worker.
class process_pool_core {
 public:
  explicit process_pool_core(process_pool_settings settings);
  process_pool_core(const process_pool_core&) = delete;
  process_pool_core& operator=(const process_pool_core&) = delete;
  ~process_pool_core();

  /// False in a copy of the program that has forked: the workers are not its.
  bool is_ours() const noexcept { return os::own_mark() == owner_; }
  /// Starts the first workers and the supervisor. `self` keeps the core alive for the supervisor.
  static void start(const std::shared_ptr<process_pool_core>& self);

  /// Memory for arguments longer than call_cell::room.
  arena::block take_memory(std::size_t bytes) TUTTI_EXCLUDES(arena_mutex_);
  std::span<std::byte> memory_at(arena::block b) const noexcept { return arguments_.at(b); }
  void give_memory_back(arena::block b) noexcept TUTTI_EXCLUDES(arena_mutex_);

  /// Throws tutti::closed after close(); the call is the caller's again then. May end it at once if
  /// the pool is broken.
  void submit(pool_call& call) TUTTI_EXCLUDES(mutex_);
  /// True: it has not run, or will not end by itself. With `running` a started call is ended with
  /// its worker.
  bool cancel(pool_call& call, bool running) noexcept TUTTI_EXCLUDES(mutex_);
  /// Throws tutti::closed after close().
  void require_open() TUTTI_EXCLUDES(mutex_);
  /// Gives back what a call holds that has ended or never began.
  void release(pool_call& call) noexcept;
  process_pool_counts counts() TUTTI_EXCLUDES(mutex_);
  unsigned workers() const noexcept { return settings_.workers; }
  unsigned retries() const noexcept { return settings_.retries; }

  /// No more calls; with `cancel_pending`, what has not started is cancelled. The supervisor ends
  /// when all is done.
  void close(bool cancel_pending) TUTTI_EXCLUDES(mutex_);
  /// Called by the supervisor as its last act; at once if that is over.
  void on_closed(function<void()> fn) TUTTI_EXCLUDES(mutex_);
  void join() noexcept { supervisor_.join(); }

 private:
  struct finished {
    pool_call* call;
    host_lane* lane;
    lane_answer answer;
  };
  enum class fate { crashed, timed_out, used_up, cancelled };
  struct lost {
    pool_call* call;
    fate how;
    std::exception_ptr error;
  };
  static constexpr std::uint32_t window_min = 2;
  static constexpr std::uint32_t window_max = lane_cells / 2;
  /// Workers in a row that died before they were ready, and that died ready but with no call begun,
  /// before the pool gives up.
  static constexpr unsigned failed_starts_max = 5;
  static constexpr unsigned idle_deaths_max = 25;
  /// A system without processes, memory or descriptors is asked again so often before the pool
  /// gives up.
  static constexpr unsigned refusals_max = 100;
  static constexpr duration refusal_pause = std::chrono::milliseconds(10);

  void supervise();
  bool linger() TUTTI_EXCLUDES(mutex_);
  bool collect() TUTTI_EXCLUDES(mutex_);
  void collect_from(host_lane& lane) noexcept TUTTI_REQUIRES(mutex_);
  void deliver() noexcept;
  void deliver_one(finished& f) noexcept;
  void note_growth(const pool_call& call, std::uint64_t bytes) noexcept TUTTI_EXCLUDES(mutex_);
  bool sleep();
  void look_after_deaths();
  void read_output() noexcept;
  void tell_output(host_lane& lane, bool ended) noexcept;
  void bury(std::size_t slot) noexcept;
  std::string crash_loop_text(bool starting, const os::ended& how) const;
  bool is_crash_loop(const host_lane& lane, const os::ended& how) noexcept;
  void count_losses(host_lane& lane, const os::ended& how) noexcept TUTTI_REQUIRES(mutex_);
  void spawn(std::size_t slot) noexcept;
  void fill_vacancies() noexcept;
  void end_lost(std::vector<lost>& losses) noexcept;
  void look_at_clocks() TUTTI_EXCLUDES(mutex_);
  time_point next_deadline() TUTTI_EXCLUDES(mutex_);
  void retire_worn_out() TUTTI_EXCLUDES(mutex_);
  bool all_done() TUTTI_EXCLUDES(mutex_);
  void dismiss_workers();
  void break_pool(const std::exception_ptr& why) noexcept TUTTI_EXCLUDES(mutex_);

  host_lane* lane_with_room() TUTTI_REQUIRES(mutex_);
  bool place(pool_call& call) TUTTI_REQUIRES(mutex_);
  void refill() noexcept TUTTI_REQUIRES(mutex_);
  void rebalance() noexcept TUTTI_REQUIRES(mutex_);
  void drop_all(list<pool_call>& into) noexcept TUTTI_REQUIRES(mutex_);
  void requeue_front(list<pool_call>& calls) noexcept TUTTI_REQUIRES(mutex_);
  bool doom(host_lane& lane, pool_call& call, bool timed_out) noexcept TUTTI_REQUIRES(mutex_);
  [[noreturn]] void throw_closed() const;
  lane_options options_for(std::size_t slot);
  void listen_to(const host_lane& lane, std::size_t slot);
  void stop_listening_to(const host_lane& lane) noexcept;
  std::exception_ptr quarantined(pool_call& call) TUTTI_EXCLUDES(mutex_);
  void promote_spare() TUTTI_REQUIRES(mutex_);
  std::exception_ptr crash_of(const pool_call& call, const host_lane& lane,
                              const os::ended& how) const noexcept;
  std::string crash_text(const pool_call& call, const host_lane& lane, const os::ended& how) const;

  const process_pool_settings settings_;
  const os::process_mark owner_ = os::own_mark();
  const std::uint32_t spins_;
  /// The value under which the bell is registered; workers are registered under their slots.
  static constexpr std::uint64_t bell_value = ~std::uint64_t{0};
  /// Added to the slot: the worker's output.
  static constexpr std::uint64_t output_value = std::uint64_t{1} << 32;
  /// Added to the slot: the bell that rings with the worker's answers.
  static constexpr std::uint64_t answers_value = std::uint64_t{1} << 33;
  /// A call is given to a new worker so often although the last was ended with it in its first cell
  /// and, if that is to be believed, not begun.
  static constexpr unsigned passes_max = 50;
  sys::descriptor bell_;
  os::poll_set poll_;  // supervisor only, but for the constructor

  mutable sys::mutex arena_mutex_;
  arena arguments_;  // blocks: arena_mutex_; bytes of a block: whoever holds it

  mutable sys::mutex mutex_;
  list<pool_call> queue_ TUTTI_GUARDED_BY(mutex_);
  std::size_t queued_ TUTTI_GUARDED_BY(mutex_) = 0;
  std::size_t running_ TUTTI_GUARDED_BY(mutex_) = 0;  // posted and not answered
  std::size_t done_ TUTTI_GUARDED_BY(mutex_) = 0;
  std::size_t restarts_ TUTTI_GUARDED_BY(mutex_) = 0;
  std::size_t largest_growth_ TUTTI_GUARDED_BY(mutex_) = 0;
  std::string largest_task_ TUTTI_GUARDED_BY(mutex_);
  /// One per worker and, with warm_spare, one more; null while being replaced.
  std::vector<std::unique_ptr<host_lane>> lanes_ TUTTI_GUARDED_BY(mutex_);
  quarantine killers_ TUTTI_GUARDED_BY(mutex_);
  std::exception_ptr broken_ TUTTI_GUARDED_BY(mutex_);
  bool closed_ TUTTI_GUARDED_BY(mutex_) = false;
  bool ended_ TUTTI_GUARDED_BY(mutex_) = false;
  bool sleeps_ TUTTI_GUARDED_BY(mutex_) = false;  // the supervisor sleeps without a deadline
  std::vector<function<void()>> on_closed_ TUTTI_GUARDED_BY(mutex_);

  // owner: supervisor. Their room is reserved at the start: what the supervisor does once a worker
  // runs must not need memory.
  std::vector<finished> batch_;
  std::vector<std::uint64_t> ready_;
  std::vector<std::size_t> dead_;
  std::vector<std::size_t> talking_;
  std::vector<host_lane*> speakers_;
  std::vector<lost> losses_;
  unsigned failed_starts_ = 0;
  unsigned idle_deaths_ = 0;
  std::vector<std::size_t> vacant_;  // slots whose worker could not be made
  std::vector<std::size_t> filling_;
  unsigned refused_ = 0;  // times in a row that the system had no worker for us
  time_point try_again_ = time_point::max();

  sys::thread supervisor_;  // last: everything above outlives it
};

}  // namespace tutti::detail
