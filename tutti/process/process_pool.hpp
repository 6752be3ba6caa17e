/// \file
/// `process_pool`: functions run in other processes, through the same verbs as in a thread pool.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tutti/base/ranges.hpp>
#include <tutti/base/remote_error.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/executor_options.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/stream.hpp>
#include <tutti/process/backend/zygote.hpp>
#include <tutti/process/detail/imap_call.hpp>
#include <tutti/process/detail/map_call.hpp>
#include <tutti/process/detail/process_pool_core.hpp>
#include <tutti/process/detail/typed_call.hpp>
#include <tutti/process/detail/write_call.hpp>
#include <tutti/process/sandbox.hpp>
#include <tutti/process/start_method.hpp>
#include <tutti/process/worker_output.hpp>
#include <tutti/wire/call.hpp>

namespace tutti {

struct process_pool_options {
  /// Worker processes; 0: the processors this process may use (affinity and cgroup quota
  /// respected).
  unsigned workers = 0;
  /// Runs once in every worker before its first task. If it throws, every submit fails with its
  /// error.
  void (*initializer)() = nullptr;
  /// A worker leaves after so many tasks and is replaced; 0: never.
  std::size_t max_tasks_per_worker = 0;
  /// A task that runs longer is ended with its worker and fails with timeout_error. Counts from its
  /// start; 0: no limit.
  duration task_timeout = {};
  /// Bytes of private memory a worker may have; beyond, allocations fail with std::bad_alloc. 0: no
  /// limit. Not applied in builds with sanitizers, which need their own memory.
  std::size_t memory_limit = 0;
  /// How often a task is run again whose worker died. Only for tasks that may run twice.
  unsigned retries = 0;
  /// A function that, with the same arguments, has ended so many workers is not run again: it fails
  /// at once, with worker_crashed. 0: never.
  unsigned quarantine_after = 0;
  /// One more worker waits to take the place of one that dies or leaves, so that no task waits for
  /// a process to be made.
  bool warm_spare = false;
  /// What workers may do besides computing.
  tutti::sandbox sandbox = tutti::sandbox::none;
  /// A task that computes longer is ended with its worker and fails with timeout_error: sleeping
  /// does not count, all its threads do. In whole seconds, rounded up, and as the kernel counts: up
  /// to a second late. 0: no limit.
  duration cpu_limit = {};
  /// Workers are called NAME-0, NAME-1, … in ps, in this_task::name() and in errors.
  std::string_view name = "pool";
  /// Where what workers print goes.
  worker_output output = worker_output::inherited;
  /// Takes the lines of `worker_output::logged`, and implies it; null: they go to standard error.
  /// Called in the pool's supervising thread, one line at a time: it must not wait for this pool,
  /// nor throw.
  void (*on_output)(const worker_line&) = nullptr;
  /// With `sandbox::read_only`: files, and folders with all below them, that may be written all the
  /// same. They must exist; the texts are copied.
  std::span<const std::string_view> writable = {};
  /// How workers come into being.
  start_method start = start_method::zygote;
  /// Measure by how much memory each task makes its worker grow, for `statistics::largest_growth`;
  /// costs a few system calls a task. Workers of `sandbox::compute_only` cannot.
  bool measure_memory = false;
  /// Workers and the pool's supervisor look for more a while before they sleep, as far as there are
  /// cores for that: calls that follow each other closely are faster by a wake. false: at once.
  bool spin = true;
};

/// Worker processes that run functions: isolation, limits, real cancellation, the interface of a
/// thread pool.
///
/// A task is a function or a callable that captures nothing, plus arguments, which are converted to
/// the parameter types and copied (see wire/archive.hpp for what may cross; anything else does not
/// compile and says why). Exceptions come back as their own type for the standard types and
/// tutti's, else as `remote_error`.
///
/// Threads:  every member from any thread.
/// Lifetime: the destructor waits for what was submitted, then ends the workers.
/// Wakes:    futures complete on the pool's own supervising thread.
/// Order:    tasks start in the order of submission, as workers become free.
/// Cancel:   cancelling a future takes a waiting task back; one that runs is ended with its worker,
/// which is replaced.
///
/// A worker that dies fails only the task it ran, with `worker_crashed`. Workers are invisible to
/// the program's own `wait`, hold none of its descriptors, leave Ctrl-C to it and never outlive it.
/// ```
/// int square(int x) { return x * x; }
/// tutti::process_pool pool{{.workers = 4, .task_timeout = 10s}};
/// int nine = pool.submit(square, 3).get();
/// std::vector<int> all = pool.map(square, std::vector{1, 2, 3}).get();
/// ```
/// The first pool should be made before the program starts threads; programs built with tutti
/// prepare for it before main. Source: `concurrent.futures.ProcessPoolExecutor`,
/// `multiprocessing.Pool`.
class process_pool {
 public:
  struct statistics {
    std::size_t workers = 0;   ///< as asked for
    std::size_t restarts = 0;  ///< workers replaced: crashed, ended on request, worn out
    std::size_t queued = 0;
    std::size_t running = 0;  ///< handed to a worker and not answered
    std::size_t done = 0;     ///< ended, one way or the other
    /// With `measure_memory`: the most bytes that a task has made its worker grow while it ran, and
    /// the function it was. A piece of a map counts as one task.
    std::size_t largest_growth = 0;
    std::string largest_task;
  };

  /// Throws std::system_error when the system has no more processes, `error` before main and where
  /// no process can be made any more. A template for one reason: programs that make no pool get no
  /// zygote.
  template <class Anchor = void>
  explicit process_pool(process_pool_options options = {})
      : process_pool(options, detail::zygote_anchor<Anchor>::requested) {}
  process_pool(process_pool&&) noexcept = default;
  process_pool& operator=(process_pool&& other) noexcept;
  ~process_pool();

  /// Runs `f(args...)` in a worker. Completes with its result or what it threw; with
  /// `worker_crashed`, `timeout_error`, `future_cancelled` as described above. Throws `closed`
  /// after shutdown, std::bad_alloc when shared memory is full.
  template <class F, class... A>
  auto submit(F&& f, A&&... args) {
    using call = wire::remote_call<std::decay_t<F>, A...>;
    using result = std::remove_cv_t<typename call::result>;
    auto* const made = new detail::process_call<result>(core_);
    future<result> answer = future<result>::adopt(made);
    try {
      const std::decay_t<F>& callable = f;
      detail::write_call<call>(*made, memory_of(), callable, std::forward<A>(args)...);
      hand_in(*made);
    } catch (...) {
      drop(*made);
      throw;
    }
    return answer;
  }

  /// `f` of every input, results in order: `future<std::vector<R>>` (`future<void>` if `f` returns
  /// nothing). Inputs have been read when it returns. The first failure fails the whole; what has
  /// not started then is taken back.
  template <class F, class Inputs>
  auto map(F&& f, Inputs&& inputs, map_options options = {}) {
    using callable = std::decay_t<F>;
    using call = wire::remote_call<callable, decltype(*std::begin(inputs))>;
    using input = std::tuple_element_t<0, typename call::arguments>;
    using result = std::remove_cv_t<typename call::result>;
    using state = detail::process_map<result>;
    auto* const made = new state(core_);
    auto answer = future<detail::map_result<result>>::adopt(made);
    try {
      std::size_t count = 0;
      if constexpr (requires { std::size(inputs); }) {
        count = static_cast<std::size_t>(std::size(inputs));
      }
      const callable& held = f;
      detail::write_chunks<callable, input>(*made, *core_, held, std::begin(inputs),
                                            std::end(inputs), chunk_size(options.chunk, count));
      made->expect(made->chunk_count());
      require_open();
    } catch (...) {
      made->release();
      throw;
    }
    made->start();
    return answer;
  }

  /// As map, but gives the results one by one, in order, while the work goes on: a failure (also a
  /// worker that died) is thrown in its turn and the rest can still be read. Inputs are taken by
  /// value (views stay views) and read a bounded number ahead. Dropping the stream ends what it has
  /// not finished. Source: `Pool.imap`.
  template <class F, std::ranges::input_range Inputs>
  auto imap(F&& f, Inputs&& inputs, map_options options = {}) {
    return make_stream<std::decay_t<F>>(f, std::forward<Inputs>(inputs), options, true);
  }
  /// The same in the order in which the results are ready. Source: `Pool.imap_unordered`.
  template <class F, std::ranges::input_range Inputs>
  auto imap_unordered(F&& f, Inputs&& inputs, map_options options = {}) {
    return make_stream<std::decay_t<F>>(f, std::forward<Inputs>(inputs), options, false);
  }

  /// No more tasks; returns when everything submitted has ended and the workers are gone. On a
  /// loop's thread it throws blocking_call: `co_await pool.async_shutdown()` there.
  void shutdown(shutdown_options options = {});
  /// The same, awaited; cancelling the wait leaves the shutdown going on.
  future<void> async_shutdown(shutdown_options options = {});

  unsigned size() const noexcept { return core_->workers(); }
  statistics stats() const;
  /// What the sandbox asked for and this machine cannot enforce, a sentence each; empty: all of it
  /// is in force.
  const std::vector<std::string>& sandbox_gaps() const noexcept { return sandbox_gaps_; }

 private:
  process_pool(process_pool_options options, bool requested);
  struct memory_source {
    detail::process_pool_core* core;
    std::span<std::byte> operator()(detail::pool_call& call, std::size_t bytes) const;
  };
  template <class F, class Inputs>
  auto make_stream(const F& f, Inputs&& inputs, map_options options, bool ordered) {
    using kept = std::remove_cvref_t<Inputs>;
    using call = wire::remote_call<F, std::ranges::range_value_t<kept>>;
    using input = std::tuple_element_t<0, typename call::arguments>;
    using source = detail::process_stream<F, input, kept>;
    const std::size_t pieces_ahead = std::size_t{8} * size();
    return stream<typename detail::piece_run<F, input>::item>(std::make_unique<source>(
        core_, f, kept(std::forward<Inputs>(inputs)),
        options.chunk != 0 ? options.chunk : std::size_t{1}, pieces_ahead, ordered));
  }
  memory_source memory_of() const noexcept { return {core_.get()}; }
  void hand_in(detail::pool_call& call) { core_->submit(call); }
  void drop(detail::pool_call& call) noexcept;
  void require_open() const;
  std::size_t chunk_size(std::size_t wanted, std::size_t count) const noexcept;

  std::shared_ptr<detail::process_pool_core> core_;
  std::vector<std::string> sandbox_gaps_;
};

}  // namespace tutti
