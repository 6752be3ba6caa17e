/// \file
/// The worker's side of a lane: take the next call, run it, answer, sleep when there is none.
#include <algorithm>
#include <deque>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/process/backend/confine.hpp>
#include <tutti/process/backend/identity.hpp>
#include <tutti/process/backend/nodes.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/process/backend/throw_trace.hpp>
#include <tutti/process/backend/zygote.hpp>
#include <tutti/process/detail/arena.hpp>
#include <tutti/process/detail/baggage.hpp>
#include <tutti/process/detail/lane.hpp>
#include <tutti/process/detail/lane_steps.hpp>
#include <tutti/process/detail/modules.hpp>
#include <tutti/process/detail/own_name.hpp>
#include <tutti/sys/topology.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/wire/failure.hpp>
#include <tutti/wire/runner.hpp>

namespace tutti::detail {
namespace {

/// Threads:  the worker's only thread.
/// Lifetime: as long as the process.
/// Wakes:    the host wakes it by posting a cell; it wakes the host with each answer if that
/// sleeps. Order:    a cell's content is seen after its state says posted; an answer's after its
/// sequence. Cancel:   the host ends the process.
class worker final : public wire::reply {
 public:
  /// A node of a simulation uses the lane where the host has mapped it.
  explicit worker(std::span<const int> descriptors, std::byte* mapped = nullptr)
      : is_node_(mapped != nullptr),
        memory_(is_node_ ? os::mapping()
                         : os::mapping(descriptors[lane_memory], sizeof(lane), true)),
        shared_(*std::launder(reinterpret_cast<lane*>(is_node_ ? mapped : memory_.data()))),
        bell_(descriptors[lane_bell]),
        arguments_(descriptors[lane_arguments], arena_bytes_max, false),
        answers_(sys::descriptor{descriptors[lane_answers]}) {
    std::size_t next = lane_descriptors;
    if (has(lane_tells_output)) os::write_output_to(sys::descriptor{descriptors[next++]});
    if (has(lane_read_only)) write_rules_ = sys::descriptor{descriptors[next++]};
    if (next != descriptors.size()) throw error("it was given what its flags do not speak of");
  }

  /// Gives the exit code.
  int run() {
    if (!prepare()) {
      idle_until_dismissed();
      return 0;
    }
    for (;;) {
      if (!step() && !rest()) return 0;
    }
  }
  bool has(std::uint32_t flag) const noexcept { return (shared_.config.flags & flag) != 0; }
  bool single() const noexcept { return has(lane_single_call); }

  int run_single() {
    prepare();
    while (!step())
      if (!rest()) return 0;
    return failed_ ? 1 : 0;
  }

 private:
  /// What a process of its own is told about itself, once and for all.
  void prepare_process() {
    set_own_name(shared_.config.name);
    static_cast<void>(os::own_mark());  // while /proc can be read
    os::forbid_core_dump();
    sys::share_cores(shared_.config.workers);
    os::end_lines_at_once();
    os::keep_freed_memory();
#if !defined(TUTTI_ASAN) && !defined(TUTTI_TSAN)
    if (shared_.config.memory_limit != 0) os::limit_memory(shared_.config.memory_limit);
#endif
  }

  /// False: the initializer threw, so no call may run here.
  bool prepare() {
    throw_trace::arm();
    if (!is_node_) prepare_process();
    const traced_failure f = failure_of([this] {
      confine();
      if (shared_.config.has_initializer == 0) return;
      const void* const code = find(shared_.config.initializer);
      reinterpret_cast<void (*)()>(const_cast<void*>(code))();
    });
    if (f.error != nullptr) {
      failure(f);
      return false;
    }
    if (!single()) answer(answer_kind::ready);
    return true;
  }

  /// Gives up rights. What the host asks for was looked at by it: it is there.
  void confine() {
    if (has(lane_no_privileges)) os::forbid_new_privileges();
    if (write_rules_) os::confine_writes(std::exchange(write_rules_, {}).get());
    if (has(lane_no_network)) os::confine_network();
    if (has(lane_computes_only)) os::confine_to_computing();
  }

  void idle_until_dismissed() {
    while (shared_.quit.load(sys::seq_cst) == 0) {   // pairs: lane.quit
      shared_.worker_sleeps.store(1, sys::seq_cst);  // pairs: lane.worker_sleeps
      if (shared_.quit.load(sys::seq_cst) == 0)      // pairs: lane.quit
        os::shared_wait(shared_.worker_sleeps, 1);
    }
  }

  /// The next call, if there is one.
  bool step() {
    call_cell& cell = shared_.calls[next_ % lane_cells];
    sys::decide(sys::operation::get, &shared_);
    // pairs: lane.state
    if (cell.state.load(sys::acquire) == lane_steps::word(cell_state::posted)) {
      if (shared_.config.flags & lane_times_starts)
        cell.started_ns.store(os::steady_ns(), sys::relaxed);
      if (lane_steps::begin(cell)) {
        ++next_;
        carry_out(cell);
        return true;
      }
    }
    if (cell.state.load(sys::acquire) != static_cast<std::uint32_t>(cell_state::revoked))
      return false;  // pairs: lane.state
    ++next_;
    cell.state.store(static_cast<std::uint32_t>(cell_state::passed), sys::relaxed);
    answer(answer_kind::skipped);
    return true;
  }

  void carry_out(call_cell& cell) {
    reclaim();
    if (has(lane_measures)) resident_before_ = os::resident_from_now_on();
    if (shared_.config.cpu_seconds != 0) os::limit_cpu_time(shared_.config.cpu_seconds);
    wire::call_record call;
    call.arguments = cell.length <= call_cell::room
                         ? std::span<const std::byte>(cell.inside, cell.length)
                         : std::span<const std::byte>(arguments_.data() + cell.block, cell.length);
    call.sender = static_cast<std::uint64_t>(shared_.config.host_id);
    std::optional<unpacked_baggage> from_submitter;
    try {
      if ((cell.notes & call_has_baggage) != 0) {
        wire::byte_reader in{call.arguments, call.sender};
        from_submitter.emplace(in, !single());
        call.arguments = call.arguments.last(in.left());
      }
      call.entry = reinterpret_cast<wire::entry_point>(const_cast<void*>(find(cell.entry)));
      if ((cell.notes & call_has_target) != 0) call.target = find(cell.target);
    } catch (...) {
      failure(std::current_exception());
      return;
    }
    perform(call);
  }

  /// As wire::perform, and looks where what is thrown comes from.
  void perform(const wire::call_record& call) {
    const traced_failure f = failure_of([&] {
      wire::byte_reader in{call.arguments, call.sender};
      call.entry(call.target, in, *this);
    });
    if (f.error != nullptr) failure(f);
  }

  static const void* find(wire::function_id id) {
    const void* const found = locate_function(id);
    if (found == nullptr) throw error("the function lies in a module this worker does not have");
    return found;
  }

  /// Spins a little where that is worth it, then sleeps. False: the host wants us to leave.
  bool rest() {
    const call_cell& cell = shared_.calls[next_ % lane_cells];
    for (std::uint32_t i = 0; i < shared_.config.spins; ++i) {
      if (!lane_steps::has_nothing(cell)) return true;
      os::relax();
    }
    auto& word = shared_.worker_sleeps;
    sys::decide(sys::operation::wait, &shared_);
    if (lane_steps::may_sleep(shared_, cell)) os::shared_wait(word, 1);
    word.store(0, sys::relaxed);
    return !lane_steps::has_nothing(cell) ||
           shared_.quit.load(sys::seq_cst) == 0;  // pairs: lane.quit
  }

  void decoded() override {
    if (single()) answer(answer_kind::decoded);
  }

  void value(void (*encode)(wire::byte_writer&, const void*), const void* v) override {
    if (single()) return;
    os::flush_output();  // before the answer: who has the result has seen the output
    send(answer_kind::value, [&](wire::byte_writer& out) { encode(out, v); });
  }

  void failure(std::exception_ptr error) override { failure({std::move(error), {}}); }
  void failure(const traced_failure& f) {
    failed_ = true;
    if (single()) return complain(f);
    os::flush_output();
    try {
      send(answer_kind::failure,
           [&](wire::byte_writer& out) { wire::encode_failure(out, f.error, f.trace); });
    } catch (...) {
      answer(
          answer_kind::out_of_memory);  // nothing else can stop a failure from being written down
    }
  }

  void complain(const traced_failure& f) {
    std::string text =
        "process \"" + std::string(shared_.config.name) + "\" ended by " + describe(f.error) + "\n";
    std::string_view left = f.trace;
    while (!left.empty()) {
      const std::size_t length = std::min(left.find('\n'), left.size());
      text.append("    in ").append(left.substr(0, length)).append("\n");
      left.remove_prefix(std::min(length + 1, left.size()));
    }
    os::complain(text);
  }

  template <class Encode>
  void send(answer_kind kind, Encode&& encode) {
    answer_cell& cell = shared_.answers[sequence_ % (2 * lane_cells)];
    wire::byte_writer small{cell.inside};
    encode(small);
    cell.length = small.total();
    cell.block = 0;
    auto kept = small.take_kept();
    arena::block block;
    if (!small.fits()) {
      block = answers_.take(small.total());
      wire::byte_writer large{answers_.at(block)};
      encode(large);
      cell.block = block.offset;
      kept = large.take_kept();
    }
    if (block.bytes != 0 || !kept.empty())
      outstanding_.push_back({sequence_ + 1, block, std::move(kept)});
    publish(cell, kind);
  }
  void answer(answer_kind kind) {
    answer_cell& cell = shared_.answers[sequence_ % (2 * lane_cells)];
    cell.length = 0;
    cell.block = 0;
    publish(cell, kind);
  }
  void publish(answer_cell& cell, answer_kind kind) {
    cell.kind = static_cast<std::uint32_t>(kind);
    cell.grown = 0;
    if (const std::size_t before = std::exchange(resident_before_, 0); before != 0) {
      const std::size_t peak = os::peak_resident();
      if (peak > before) cell.grown = peak - before;
    }
    sys::decide(sys::operation::put, &shared_);
    if (lane_steps::answer(shared_, cell, ++sequence_)) os::ring(bell_.get());
  }

  /// Takes back the memory of answers the host has read.
  void reclaim() {
    const std::uint32_t consumed = shared_.consumed.load(sys::acquire);  // pairs: lane.consumed
    while (!outstanding_.empty() &&
           static_cast<std::int32_t>(outstanding_.front().sequence - consumed) <= 0) {
      if (outstanding_.front().block.bytes != 0) answers_.give_back(outstanding_.front().block);
      outstanding_.pop_front();
    }
  }

  struct sent {
    std::uint32_t sequence;
    arena::block block;
    std::vector<std::shared_ptr<const void>> kept;
  };

  const bool is_node_;
  os::mapping memory_;
  lane& shared_;
  sys::descriptor bell_;
  os::mapping arguments_;
  arena answers_;
  sys::descriptor write_rules_;
  std::uint32_t next_ = 0;           // number of the next call cell
  std::uint32_t sequence_ = 0;       // number of the last answer
  std::size_t resident_before_ = 0;  // of the call that runs; 0: not measured
  bool failed_ = false;
  std::deque<sent> outstanding_;
};

}  // namespace

void run_worker(std::span<const int> descriptors) {
  if (descriptors.size() < lane_descriptors) os::leave(1);
  try {
    worker here{descriptors};
    os::leave(here.single() ? here.run_single() : here.run());
  } catch (const std::exception& e) {
    os::complain(std::string("tutti: a worker process cannot start: ") + e.what() + "\n");
  } catch (...) {
  }
  os::leave(1);
}

namespace {

class strand_worker final : public node_worker {
 public:
  strand_worker(std::span<const int> descriptors, std::byte* shared)
      : memory_(descriptors[lane_memory]),
        arguments_(descriptors[lane_arguments]),
        here_(descriptors, shared) {}
  int run() override {
    try {
      return here_.single() ? here_.run_single() : here_.run();
    } catch (...) {
      return 1;
    }
  }

 private:
  sys::descriptor memory_;  // a process would have them closed by its end
  sys::descriptor arguments_;
  worker here_;
};

}  // namespace

std::unique_ptr<node_worker> make_node_worker(std::span<const int> descriptors, std::byte* shared) {
  return std::make_unique<strand_worker>(descriptors, shared);
}

}  // namespace tutti::detail
