/// \file
/// The untyped half of `pipeline`: its parts in order, running them, progress, errors with a name.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/base/function.hpp>
#include <tutti/core/task.hpp>
#include <tutti/sys/atomic.hpp>

namespace tutti {

/// Where a part of a pipeline stands.
struct stage_progress {
  std::string_view name;    ///< "source" and "sink" at the ends
  std::size_t taken = 0;    ///< items it has begun
  std::size_t done = 0;     ///< items it has finished
  std::size_t waiting = 0;  ///< items in the buffer before it
};

/// What a pipeline's observer is told; valid during that call.
struct pipeline_progress {
  std::span<const stage_progress> stages;  ///< from the source to the sink
  bool finished = false;                   ///< the last report
  /// Items that have come out at the end.
  std::size_t done() const noexcept { return stages.empty() ? 0 : stages.back().done; }
};

/// A stage of a pipeline failed: `what()` names it and says why; what it threw is nested, as by
/// `std::throw_with_nested`.
class stage_error : public error {
 public:
  stage_error(std::string_view stage, const std::string& why);
  /// The name of the stage; "source" and "sink" at the ends.
  const std::string& stage() const noexcept { return *stage_; }

 private:
  std::shared_ptr<const std::string> stage_;
};

namespace detail {

/// A source, a stage or a sink.
///
/// Threads:  counts from the tasks of the part, in parallel on a pool; the rest by the pipeline.
/// Lifetime: in the body, which outlives all tasks.
/// Wakes:    nobody.
/// Order:    counts are relaxed: they are for people.
/// Cancel:   nothing to cancel.
class pipeline_part {
 public:
  explicit pipeline_part(std::string_view name) : name_(name) {}
  virtual ~pipeline_part() = default;
  pipeline_part(const pipeline_part&) = delete;
  pipeline_part& operator=(const pipeline_part&) = delete;

  /// Adds the tasks that do the work of this part.
  virtual void add_workers(std::vector<task<>>& to) = 0;
  /// Items before it.
  virtual std::size_t waiting() const noexcept { return 0; }

  const std::string& name() const noexcept { return name_; }
  stage_progress look() const noexcept;

 protected:
  void count_taken() noexcept { taken_.fetch_add(1, sys::relaxed); }
  void count_done() noexcept { done_.fetch_add(1, sys::relaxed); }
  /// In a catch block: throws what is there as a stage_error of this part.
  [[noreturn]] void fail() const;

 private:
  const std::string name_;
  sys::atomic<std::size_t> taken_{0};
  sys::atomic<std::size_t> done_{0};
};

/// owner: the pipeline, then the task that runs it.
class pipeline_body {
 public:
  void add(std::unique_ptr<pipeline_part> part) { parts_.push_back(std::move(part)); }
  /// Tells the observer, if there is one. Called by one task at a time.
  void report(bool finished);

  static task<> run(std::unique_ptr<pipeline_body> self);

  function<void(const pipeline_progress&)> observer;

 private:
  std::vector<std::unique_ptr<pipeline_part>> parts_;  // each outlives those behind it in use
  std::vector<stage_progress> last_;
};

}  // namespace detail
}  // namespace tutti
