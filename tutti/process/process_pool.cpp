#include <tutti/process/process_pool.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/process/backend/confine.hpp>
#include <tutti/process/backend/nodes.hpp>
#include <tutti/sys/topology.hpp>

namespace tutti {

namespace {

/// Which rights workers give up, as far as this machine can take them away.
void confine(const process_pool_options& options, detail::process_pool_settings& settings,
             std::vector<std::string>& gaps) {
  const auto wants = [&](sandbox at_least) { return options.sandbox >= at_least; };
  std::uint32_t& flags = settings.sandbox_flags;
  if (wants(sandbox::no_new_privileges)) flags |= detail::lane_no_privileges;
  const bool refuses = detail::os::can_refuse_calls();
  if (wants(sandbox::no_network) && refuses) flags |= detail::lane_no_network;
  if (wants(sandbox::no_network) && !refuses)
    gaps.emplace_back(
        "network: this kernel refuses no system calls (seccomp), so workers may "
        "make sockets");
  if (wants(sandbox::read_only)) {
    const int version = detail::os::landlock_version();
    if (version == 0) {
      gaps.emplace_back(
          "files: this kernel has no Landlock, so workers may write wherever this "
          "user may");
    } else {
      flags |= detail::lane_read_only;
      const std::vector<std::string> paths(options.writable.begin(), options.writable.end());
      settings.write_rules = detail::os::make_write_rules(paths);
    }
    if (version > 0 && version < 3)
      gaps.emplace_back(
          "files: this kernel's Landlock does not keep workers from cutting files "
          "short");
    if (version > 0 && version < 6)
      gaps.emplace_back(
          "signals: this kernel's Landlock does not keep workers from signalling "
          "other processes");
  }
  if (wants(sandbox::compute_only) && refuses) flags |= detail::lane_computes_only;
  if (wants(sandbox::compute_only) && !refuses)
    gaps.emplace_back(
        "system calls: this kernel refuses none (seccomp), so workers may open files "
        "and start programs");
}

/// What only the system can do to a process.
void ask_the_system(const process_pool_options& options, detail::process_pool_settings& settings,
                    std::vector<std::string>& gaps) {
  settings.memory_limit = options.memory_limit;
  if (options.cpu_limit > duration::zero())
    settings.cpu_seconds = static_cast<std::uint64_t>(
        std::chrono::ceil<std::chrono::seconds>(options.cpu_limit).count());
  confine(options, settings, gaps);
  if (options.start == start_method::fork) settings.from = detail::zygote::fork_here();
  if (options.start == start_method::spawn) settings.from = detail::zygote::spawn_anew();
  settings.measure_memory = options.measure_memory;
  settings.spins = options.spin;
  settings.logs_output = options.output == worker_output::logged || options.on_output != nullptr;
  settings.on_output = options.on_output;
}

}  // namespace

process_pool::process_pool(process_pool_options options, bool) {
  if (detail::zygote::before_main())
    throw error(
        "a process_pool cannot be made before main: make it in main, or behind a function whose "
        "static variable is made at its first call");
  detail::process_pool_settings settings;
  settings.name = std::string(options.name);
  settings.workers = options.workers != 0 ? options.workers : sys::effective_cores();
  settings.initializer = options.initializer;
  settings.max_tasks_per_worker = options.max_tasks_per_worker;
  settings.task_timeout = options.task_timeout;
  settings.retries = options.retries;
  settings.quarantine_after = options.quarantine_after;
  settings.warm_spare = options.warm_spare;
  // In a simulation workers are strands of this process: nothing of that can be asked of them.
  if (detail::nodes::current == nullptr) ask_the_system(options, settings, sandbox_gaps_);
  core_ = std::make_shared<detail::process_pool_core>(std::move(settings));
  detail::process_pool_core::start(core_);
}

process_pool::~process_pool() {
  if (core_ == nullptr) return;  // moved from
  if (!core_->is_ours()) {       // a fork of the program has neither its workers nor its supervisor
    static auto& kept = *new std::vector<std::shared_ptr<detail::process_pool_core>>;
    kept.push_back(std::move(core_));
    return;
  }
  core_->close(false);
  core_->join();
}

process_pool& process_pool::operator=(process_pool&& other) noexcept {
  if (this != &other) {
    process_pool old{std::move(*this)};
    core_ = std::move(other.core_);
    sandbox_gaps_ = std::move(other.sandbox_gaps_);
  }
  return *this;
}

void process_pool::shutdown(shutdown_options options) {
  detail::require_blocking_allowed("process_pool::shutdown()", "co_await pool.async_shutdown()");
  async_shutdown(options).get();
}

future<void> process_pool::async_shutdown(shutdown_options options) {
  promise<void> done;
  future<void> answer = done.get_future();
  core_->on_closed([done = std::move(done)]() mutable { done.set_value(); });
  core_->close(options.cancel_pending);
  return answer;
}

process_pool::statistics process_pool::stats() const {
  const detail::process_pool_counts now = core_->counts();
  return {now.workers, now.restarts,       now.queued,      now.running,
          now.done,    now.largest_growth, now.largest_task};
}

std::span<std::byte> process_pool::memory_source::operator()(detail::pool_call& call,
                                                             std::size_t bytes) const {
  call.block = core->take_memory(bytes);
  return core->memory_at(call.block);
}

void process_pool::drop(detail::pool_call& call) noexcept {
  core_->release(call);
  call.let_go();
}

void process_pool::require_open() const { core_->require_open(); }

std::size_t process_pool::chunk_size(std::size_t wanted, std::size_t count) const noexcept {
  if (wanted != 0) return wanted;
  constexpr std::size_t unknown_count = 64;
  if (count == 0) return unknown_count;
  const std::size_t tasks = std::size_t{core_->workers()} * 4;
  return std::max<std::size_t>(1, (count + tasks - 1) / tasks);
}

}  // namespace tutti
