#include <tutti/process/detail/process_pool_core.hpp>

#include <algorithm>
#include <utility>

#include <tutti/base/error.hpp>
#include <tutti/base/remote_error.hpp>
#include <tutti/process/backend/zygote.hpp>
#include <tutti/process/detail/modules.hpp>
#include <tutti/sys/topology.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/wire/failure.hpp>

namespace tutti::detail {
namespace {

/// How often a worker, or the supervisor, looks again before it sleeps. A lot pays only while all
/// of them and the program have a core of their own; a little still saves most wakes.
std::uint32_t spins_for(unsigned workers) noexcept {
  if (sys::current_world != nullptr) return 0;  // looking again would be steps that say nothing
  const unsigned cores = sys::effective_cores();
  return workers + 2 <= cores ? wake_spins_max
         : workers <= cores   ? wake_spins_max / 2
                              : wake_spins_max / 40;
}

}  // namespace

process_pool_core::process_pool_core(process_pool_settings settings)
    : settings_(std::move(settings)),
      spins_(settings_.spins ? spins_for(settings_.workers) : 0),
      bell_(os::make_bell()),
      arguments_(os::make_memory_of_one_writer("tutti-arguments")),
      lanes_(settings_.workers + (settings_.warm_spare ? 1 : 0)),
      killers_(settings_.quarantine_after) {
  os::seal_writer(arguments_.descriptor());  // no worker can write into what another is given
  poll_.add(bell_.get(), bell_value);
  batch_.reserve(2 * lane_cells);
  ready_.reserve(os::poll_set::ready_max);
  for (auto* const slots : {&dead_, &talking_, &vacant_, &filling_}) slots->reserve(lanes_.size());
  speakers_.reserve(lanes_.size());
  losses_.reserve(lane_cells);
}

process_pool_core::~process_pool_core() { join(); }

void process_pool_core::start(const std::shared_ptr<process_pool_core>& self) {
  const std::size_t slots = self->settings_.workers + (self->settings_.warm_spare ? 1U : 0U);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    auto made = std::make_unique<host_lane>(self->options_for(slot), self->arguments_.descriptor());
    self->listen_to(*made, slot);
    made->spare = slot >= self->settings_.workers;
    made->open = !made->spare;
    const sys::lock guard{self->mutex_};
    self->lanes_[slot] = std::move(made);
  }
  // The pool joins the supervisor before it lets go of the core, so a plain pointer will do.
  self->supervisor_ =
      sys::thread(self->settings_.name + "-host", [core = self.get()] { core->supervise(); });
}

void process_pool_core::listen_to(const host_lane& lane, std::size_t slot) {
  poll_.add(lane.handle(), slot);
  poll_.add_bell(lane.bell(), slot | answers_value);
  if (lane.output() >= 0) poll_.add(lane.output(), slot | output_value);
}

void process_pool_core::stop_listening_to(const host_lane& lane) noexcept {
  poll_.remove(lane.handle());
  poll_.remove(lane.bell());  // what the worker has started may still hold it
}

lane_options process_pool_core::options_for(std::size_t slot) {
  lane_options options;
  options.name = settings_.name + "-" + std::to_string(slot);
  options.flags = settings_.task_timeout > duration::zero() ? lane_times_starts : 0;
  options.spins = spins_;
  options.initializer = settings_.initializer;
  options.memory_limit = settings_.memory_limit;
  options.cpu_seconds = settings_.cpu_seconds;
  options.workers = settings_.workers;
  options.flags |= settings_.sandbox_flags;
  options.from = settings_.from.get();
  options.write_rules = settings_.write_rules.get();
  if (settings_.logs_output) options.flags |= lane_tells_output;
  if (settings_.measure_memory) options.flags |= lane_measures;
  return options;
}

arena::block process_pool_core::take_memory(std::size_t bytes) {
  const sys::lock guard{arena_mutex_};
  return arguments_.take(bytes);
}

void process_pool_core::give_memory_back(arena::block b) noexcept {
  const sys::lock guard{arena_mutex_};
  arguments_.give_back(b);
}

void process_pool_core::release(pool_call& call) noexcept {
  if (call.block.bytes != 0) give_memory_back(std::exchange(call.block, {}));
  call.kept.clear();
}

// ---- submitting and cancelling: any thread ----

void process_pool_core::submit(pool_call& call) {
  if (!is_ours())
    throw error("the pool '" + settings_.name +
                "' belongs to the process that made it, and this is a fork of that: make one here");
  sys::decide(sys::operation::submit, this);
  std::exception_ptr why = quarantined(call);
  {
    const sys::lock guard{mutex_};
    if (closed_) throw_closed();
    if (broken_ != nullptr) why = broken_;
    if (why == nullptr) {
      if (!queue_.empty() || !place(call)) {
        call.where = pool_call::place::queued;
        queue_.push_back(call);
        ++queued_;
      }
      if (sleeps_ && settings_.task_timeout > duration::zero())
        os::ring(bell_.get());  // a clock is running now
      return;
    }
    ++done_;
  }
  release(call);
  call.fail(why);
  call.let_go();
}

/// Why this call may not run; null: it may.
std::exception_ptr process_pool_core::quarantined(pool_call& call) {
  if (settings_.quarantine_after == 0) return nullptr;
  const auto bytes = memory_at(call.block);
  const std::uint64_t key = call.fingerprint(bytes);
  quarantine::record found;
  {
    const sys::lock guard{mutex_};
    const quarantine::record* const at = killers_.find(key);
    if (at == nullptr) return nullptr;
    found = *at;
  }
  const std::string task = call.name();
  const std::string text =
      task + " is in quarantine: with " + call.arguments_text(bytes) + " it ended " +
      std::to_string(found.deaths) + " workers, the last " +
      (found.last.signal != 0 ? "by " + os::signal_text(found.last.signal)
                              : "with code " + std::to_string(found.last.code));
  return std::make_exception_ptr(worker_crashed(text, found.last.signal, found.last.code, task));
}

host_lane* process_pool_core::lane_with_room() {
  host_lane* best = nullptr;
  for (const auto& lane : lanes_) {
    if (lane == nullptr || !lane->has_room()) continue;
    if (lane->idle()) return lane.get();
    if (best == nullptr || lane->in_flight() < best->in_flight()) best = lane.get();
  }
  return best;
}

bool process_pool_core::place(pool_call& call) {
  host_lane* const lane = lane_with_room();
  if (lane == nullptr) return false;
  lane->post(call);
  ++running_;
  if (settings_.max_tasks_per_worker != 0 && lane->given >= settings_.max_tasks_per_worker) {
    lane->open = false;
    promote_spare();
  }
  lane->wake();
  return true;
}

/// A worker has closed: the one that waited for that takes its place. Its own slot becomes the
/// spare's when it is filled again.
void process_pool_core::promote_spare() {
  for (const auto& lane : lanes_) {
    if (lane == nullptr || !lane->spare) continue;
    lane->spare = false;
    lane->open = true;
    return;
  }
}

void process_pool_core::refill() noexcept {
  while (pool_call* const call = queue_.front()) {
    host_lane* const lane = lane_with_room();
    if (lane == nullptr) break;
    list<pool_call>::unlink(*call);
    --queued_;
    place(*call);
  }
  if (queue_.empty()) rebalance();
}

/// An idle worker takes half of what waits behind another one's long call.
void process_pool_core::rebalance() noexcept {
  for (const auto& idle : lanes_) {
    if (idle == nullptr || !idle->open || !idle->idle()) continue;
    host_lane* fullest = nullptr;
    for (const auto& lane : lanes_)
      if (lane != nullptr && lane->in_flight() >= 2 &&
          (fullest == nullptr || lane->in_flight() > fullest->in_flight()))
        fullest = lane.get();
    if (fullest == nullptr) return;
    list<pool_call> moved;
    const std::size_t count = fullest->revoke_all(moved, fullest->in_flight() / 2);
    if (count == 0) return;
    fullest->window = window_min;
    running_ -= count;
    requeue_front(moved);
    while (pool_call* const call = queue_.front()) {
      if (!idle->has_room()) break;
      list<pool_call>::unlink(*call);
      --queued_;
      ++running_;
      idle->post(*call);
    }
    idle->wake();
    if (!queue_.empty()) return;
  }
}

void process_pool_core::requeue_front(list<pool_call>& calls) noexcept {
  while (pool_call* const call = calls.back()) {
    list<pool_call>::unlink(*call);
    call->where = pool_call::place::queued;
    queue_.push_front(*call);
    ++queued_;
  }
}

/// Ends the worker for the sake of the call it runs, without harm to any other: first nothing can
/// start behind it.
bool process_pool_core::doom(host_lane& lane, pool_call& call, bool timed_out) noexcept {
  if (lane.doomed != nullptr) return lane.doomed == &call;
  if (lane.wrote_nonsense) return false;  // it is being ended, and its calls with it
  const bool was_open = std::exchange(lane.open, false);
  list<pool_call> behind;
  running_ -= lane.revoke_all(behind);
  requeue_front(behind);
  if (lane.has_answered(call)) {  // it has just finished, so nothing runs any more
    lane.open = was_open;
    return false;
  }
  lane.doomed = &call;
  lane.timed_out = timed_out;
  lane.kill();
  if (was_open) promote_spare();
  return true;
}

bool process_pool_core::cancel(pool_call& call, bool running) noexcept {
  sys::decide(sys::operation::notify, this);
  {
    sys::lock guard{mutex_};
    if (call.where == pool_call::place::queued) {
      list<pool_call>::unlink(call);
      --queued_;
    } else if (call.where == pool_call::place::lane && call.lane->revoke(call)) {
      --running_;
    } else if (running && call.where == pool_call::place::lane) {
      const bool ended = doom(*call.lane, call, false);
      refill();
      return ended;
    } else {
      return false;
    }
    call.where = pool_call::place::ending;
    ++done_;
    if (closed_) os::ring(bell_.get());  // perhaps that was the last one
  }
  release(call);
  call.cancelled();
  call.let_go();
  return true;
}

void process_pool_core::require_open() {
  const sys::lock guard{mutex_};
  if (closed_) throw_closed();
}

void process_pool_core::throw_closed() const {
  throw closed("the pool '" + settings_.name + "' was shut down: submit before shutdown()");
}

process_pool_counts process_pool_core::counts() {
  const sys::lock guard{mutex_};
  return {settings_.workers, restarts_, queued_, running_, done_, largest_growth_, largest_task_};
}

void process_pool_core::close(bool cancel_pending) {
  sys::decide(sys::operation::notify, this);
  list<pool_call> dropped;
  {
    const sys::lock guard{mutex_};
    closed_ = true;
    if (cancel_pending) drop_all(dropped);
    os::ring(bell_.get());
  }
  while (pool_call* const call = dropped.pop_front()) {
    release(*call);
    call->cancelled();
    call->let_go();
  }
}

/// What waits and what no worker has begun: it ends here.
void process_pool_core::drop_all(list<pool_call>& into) noexcept {
  into.splice_back(queue_);
  done_ += std::exchange(queued_, 0);
  for (const auto& lane : lanes_) {
    if (lane == nullptr) continue;
    const std::size_t count = lane->revoke_all(into);
    running_ -= count;
    done_ += count;
  }
  for (pool_call* c = into.front(); c != nullptr; c = into.after(c)) {
    c->where = pool_call::place::ending;
  }
}

void process_pool_core::on_closed(function<void()> fn) {
  {
    const sys::lock guard{mutex_};
    if (!ended_) {
      on_closed_.push_back(std::move(fn));
      return;
    }
  }
  fn();
}

}  // namespace tutti::detail
