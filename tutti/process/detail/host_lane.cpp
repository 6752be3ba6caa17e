#include <tutti/process/detail/host_lane.hpp>

#include <algorithm>
#include <cstring>
#include <new>

#include <tutti/process/backend/nodes.hpp>
#include <tutti/process/backend/zygote.hpp>
#include <tutti/process/detail/lane_steps.hpp>
#include <tutti/process/detail/modules.hpp>

namespace tutti::detail {

namespace {

/// What somebody else may be writing to is read once: a compiler is free to read ordinary memory
/// again, and may then find another length than the one that was looked at.
template <class T>
T read_once(const T& field) noexcept {
  return *const_cast<const volatile T*>(&field);
}

}  // namespace

host_lane::host_lane(const lane_options& options, int arguments)
    : name_(options.name),
      single_((options.flags & lane_single_call) != 0),
      memory_(os::make_memory("tutti-lane", sizeof(lane))),
      answer_memory_(os::make_memory("tutti-answers", 0)),
      bell_(os::make_bell()),
      map_(memory_.get(), sizeof(lane), true),
      answers_(answer_memory_.get(), arena_bytes_max, false) {
  shared_ = ::new (static_cast<void*>(map_.data())) lane;
  auto& config = shared_->config;
  config.host_id = os::process_id();
  config.flags = options.flags;
  config.spins = options.spins;
  config.memory_limit = options.memory_limit;
  config.cpu_seconds = options.cpu_seconds;
  config.workers = options.workers;
  std::memcpy(config.name, name_.data(), std::min(name_.size(), sizeof config.name - 1));
  if (options.initializer != nullptr) {
    config.has_initializer = 1;
    config.initializer = function_id_of(reinterpret_cast<const void*>(options.initializer));
  }
  int descriptors[lane_descriptors + 2];
  std::size_t count = lane_descriptors;
  descriptors[lane_memory] = memory_.get();
  descriptors[lane_bell] = bell_.get();
  descriptors[lane_arguments] = arguments;
  descriptors[lane_answers] = answer_memory_.get();
  sys::descriptor writing;
  if ((options.flags & lane_tells_output) != 0) {
    os::pipe_ends ends = os::make_pipe();
    os::make_impatient(ends.reading.get());
    output_ = std::move(ends.reading);
    writing = std::move(ends.writing);
    descriptors[count++] = writing.get();
  }
  if ((options.flags & lane_read_only) != 0) descriptors[count++] = options.write_rules;
  zygote::birth born = nodes::current != nullptr
                           ? nodes::make({descriptors, count}, map_.data(), name_)
                           : zygote::make({descriptors, count}, name_, options.from);
  pid_ = born.pid;
  handle_ = std::move(born.handle);
}

host_lane::~host_lane() {
  if (reaped_) return;
  kill();
  reap();
}

void host_lane::post(pool_call& call) noexcept {
  call_cell& cell = shared_->calls[posted_ % lane_cells];
  slots_[posted_ % lane_cells] = &call;
  call.where = pool_call::place::lane;
  call.lane = this;
  call.cell = posted_;
  cell.entry = call.entry;
  cell.target = call.target;
  cell.notes =
      (call.code != nullptr ? call_has_target : 0) | (call.baggage != 0 ? call_has_baggage : 0);
  cell.length = call.length;
  cell.block = call.block.offset;
  if (call.length <= call_cell::room) std::memcpy(cell.inside, call.inside, call.length);
  lane_steps::post(cell);
  ++posted_;
  ++given;
}

void host_lane::wake() noexcept {
  if (lane_steps::must_wake(*shared_)) os::shared_wake(shared_->worker_sleeps, 1);
}

bool host_lane::revoke(pool_call& call) noexcept {
  if (!lane_steps::take_back(shared_->calls[call.cell % lane_cells])) return false;
  slots_[call.cell % lane_cells] = nullptr;
  call.where = pool_call::place::outside;
  call.lane = nullptr;
  return true;
}

std::size_t host_lane::revoke_all(list<pool_call>& into, std::size_t at_most) noexcept {
  list<pool_call> taken;
  std::size_t count = 0;
  for (std::uint32_t n = posted_; n != oldest_ && count < at_most;) {
    pool_call* const call = slots_[--n % lane_cells];
    if (call == nullptr) continue;
    if (!revoke(*call)) break;  // started: everything before it is, too
    taken.push_front(*call);
    ++count;
  }
  into.splice_back(taken);
  return count;
}

bool host_lane::oldest_started(std::int64_t& at_ns) const noexcept {
  const call_cell& cell = shared_->calls[oldest_ % lane_cells];
  if (cell.state.load(sys::acquire) != static_cast<std::uint32_t>(cell_state::started))
    return false;  // pairs: lane.state
  at_ns = cell.started_ns.load(sys::relaxed);
  return true;
}

std::int64_t host_lane::believable_start(std::int64_t said_ns, std::int64_t now_ns) noexcept {
  if (seen_running_ns_ == 0 || seen_running_cell_ != oldest_) {
    seen_running_ns_ = now_ns;
    seen_running_cell_ = oldest_;
  }
  return std::clamp<std::int64_t>(said_ns, 0, seen_running_ns_);
}

bool host_lane::answer_ready() const noexcept {
  return lane_steps::is_answered(shared_->answers[sequence_ % (2 * lane_cells)], sequence_ + 1);
}

bool host_lane::has_answered(const pool_call& call) const noexcept {
  std::uint32_t answered = oldest_;
  for (std::uint32_t n = sequence_; n - sequence_ < 2 * lane_cells; ++n) {
    const answer_cell& cell = shared_->answers[n % (2 * lane_cells)];
    if (cell.sequence.load(sys::acquire) != n + 1) break;  // pairs: lane.sequence
    if (static_cast<answer_kind>(read_once(cell.kind)) != answer_kind::ready) ++answered;
  }
  return static_cast<std::int32_t>(answered - call.cell) > 0;
}

bool host_lane::next_answer(lane_answer& out, pool_call*& call) {
  call = nullptr;
  if (!answer_ready()) return false;
  const answer_cell& cell = shared_->answers[sequence_ % (2 * lane_cells)];
  out.sequence = ++sequence_;
  out.kind = static_cast<answer_kind>(read_once(cell.kind));
  out.length = read_once(cell.length);
  out.block = read_once(cell.block);
  out.grown = read_once(cell.grown);
  switch (out.kind) {
    case answer_kind::ready:
      if (ready) throw wire_error("a worker said twice that it was ready");
      ready = true;
      return true;
    case answer_kind::decoded:
      if (!single_) throw wire_error("a worker of a pool spoke as a single process");
      return true;
    case answer_kind::value:
    case answer_kind::failure:
    case answer_kind::out_of_memory:
    case answer_kind::skipped:
      break;
    case answer_kind::none:
    default:
      throw wire_error("a worker gave an answer of no kind");
  }
  if (out.length <= answer_cell::room) {
    std::memcpy(out.inside, cell.inside, out.length);
  } else if (out.block > answer_bytes_ || out.length > answer_bytes_ - out.block) {
    answer_bytes_ = std::min(os::size_of(answer_memory_.get()), arena_bytes_max);
    if (out.block > answer_bytes_ || out.length > answer_bytes_ - out.block)
      throw wire_error("a worker's answer lies outside its memory");
  }
  if (!ready) {  // the initializer's failure: belongs to no call
    if (out.kind != answer_kind::failure && out.kind != answer_kind::out_of_memory)
      throw wire_error("a worker answered a call before it was ready");
    return true;
  }
  if (idle()) throw wire_error("a worker answered what it was not asked");
  call = std::exchange(slots_[oldest_ % lane_cells], nullptr);
  ++oldest_;
  if ((call == nullptr) != (out.kind == answer_kind::skipped)) {
    if (call != nullptr) slots_[--oldest_ % lane_cells] = call;  // still owed: settle() finds it
    throw wire_error("a worker skipped a call, or answered one that was taken back");
  }
  if (call != nullptr) {
    call->where = pool_call::place::ending;
    call->lane = nullptr;
    if (doomed == call) doomed = nullptr;
  }
  return true;
}

std::span<const std::byte> host_lane::bytes_of(const lane_answer& answer) const noexcept {
  if (answer.length <= answer_cell::room) return {answer.inside, answer.length};
  return {answers_.data() + answer.block, answer.length};
}

void host_lane::consume(const lane_answer& answer) noexcept {
  shared_->consumed.store(answer.sequence, sys::release);  // pairs: lane.consumed
}

bool host_lane::announce_sleep() noexcept {
  return lane_steps::may_sleep(*shared_, shared_->answers[sequence_ % (2 * lane_cells)],
                               sequence_ + 1);
}

void host_lane::settle(account& owed) noexcept {
  for (; oldest_ != posted_; ++oldest_) {
    pool_call* const call = std::exchange(slots_[oldest_ % lane_cells], nullptr);
    if (call == nullptr) continue;
    const auto state =
        shared_->calls[oldest_ % lane_cells].state.load(sys::acquire);  // pairs: lane.state
    call->where = pool_call::place::outside;
    call->lane = nullptr;
    (state == static_cast<std::uint32_t>(cell_state::posted) ? owed.untouched : owed.started)
        .push_back(*call);
    ++owed.count;
  }
}

void host_lane::read_output(function_ref<void(std::string_view)> take) {
  constexpr std::size_t at_once = 1 << 16;  // others are to be looked after as well
  if (output_ && !lines_.read(output_.get(), at_once, take)) output_ = {};
}

void host_lane::finish_output(function_ref<void(std::string_view)> take) {
  constexpr std::size_t rest_max = 1 << 22;  // what it started may go on writing for ever
  if (output_) lines_.read(output_.get(), rest_max, take);
  lines_.finish(take);
}

void host_lane::quit() noexcept {
  open = false;
  shared_->quit.store(1, sys::seq_cst);  // pairs: lane.quit
  wake();
}

os::ended host_lane::reap() noexcept {
  if (os::is_uncollected(handle_.get())) os::kill_group(pid_);  // its descendants
  const os::ended how = os::reap(handle_.get());
  reaped_ = true;
  return how;
}

}  // namespace tutti::detail
