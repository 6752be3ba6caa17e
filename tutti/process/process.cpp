#include <tutti/process/process.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/process/backend/identity.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/process/detail/arena.hpp>
#include <tutti/process/detail/host_lane.hpp>
#include <tutti/sys/thread.hpp>

namespace tutti {
namespace detail {
namespace {

constexpr std::int64_t grace_ns = 1'000'000'000;

/// Nobody waits for the outcome: the exit status is all there is.
class start_call final : public pool_call {
 public:
  void succeed(wire::byte_reader&) override {}
  void fail(std::exception_ptr) noexcept override {}
  void cancelled() noexcept override {}
  void let_go() noexcept override {}
};

}  // namespace

struct process_body::parts {
  explicit parts(std::string_view n)
      : name(n), arguments(os::make_memory_of_one_writer("tutti-arguments")) {
    os::seal_writer(arguments.descriptor());
  }

  std::string name;
  os::process_mark owner = os::own_mark();
  arena arguments;
  start_call call;
  std::unique_ptr<host_lane> lane;
  std::optional<exit_status> status;
  /// Rings when async_join is cancelled: the canceller's and ours.
  std::shared_ptr<sys::descriptor> stop_waiting;
  sys::thread waiter;  // last: uses what is above
};

process_body::process_body(std::string_view name) : parts_(std::make_unique<parts>(name)) {}

process_body::~process_body() {
  parts& p = *parts_;
  if (os::own_mark() != p.owner) {  // in a fork of the program: it is not this one's to end
    static auto& kept = *new std::vector<std::unique_ptr<parts>>;
    kept.push_back(std::move(parts_));
    return;
  }
  if (p.stop_waiting) os::ring(p.stop_waiting->get());
  p.waiter.join();
  if (p.lane == nullptr || p.status) return;
  signal(os::ask_to_end);
  if (!os::wait_ended(p.lane->handle(), time_point(duration(os::steady_ns() + grace_ns))))
    signal(os::end_now);
  os::wait_ended(p.lane->handle(), time_point::max());
  p.lane->reap();
}

pool_call& process_body::call() noexcept { return parts_->call; }

std::span<std::byte> process_body::memory(pool_call& call, std::size_t bytes) {
  call.block = parts_->arguments.take(bytes);
  return parts_->arguments.at(call.block);
}

void process_body::start() {
  parts& p = *parts_;
  lane_options options;
  options.name = p.name;
  options.flags = lane_single_call;
  p.lane = std::make_unique<host_lane>(options, p.arguments.descriptor());
  const bool hands_over = !p.call.kept.empty();
  if (hands_over) p.lane->announce_sleep();
  p.lane->post(p.call);
  p.lane->wake();
  if (!hands_over) return;
  // What the arguments refer to must stay open until the child has it, and not longer: a pipe's
  // end, for one.
  os::poll_set set;
  set.add(p.lane->bell(), 0);
  set.add(p.lane->handle(), 1);
  std::vector<std::uint64_t> ready;
  while (ready.empty()) set.wait(time_point::max(), ready);
  p.call.kept.clear();
}

exit_status process_body::join() {
  parts& p = *parts_;
  if (!os::has_ended(p.lane->handle()))
    require_blocking_allowed("process::join()", "co_await p.async_join()");
  p.waiter.join();
  if (p.status) return *p.status;
  os::wait_ended(p.lane->handle(), time_point::max());
  const os::ended how = p.lane->reap();
  p.status.emplace(how.code, how.signal);
  return *p.status;
}

future<exit_status> process_body::async_join() {
  parts& p = *parts_;
  promise<exit_status> done;
  future<exit_status> answer = done.get_future();
  if (os::has_ended(p.lane->handle())) {
    done.set_value(join());
    return answer;
  }
  if (p.stop_waiting) os::ring(p.stop_waiting->get());  // an earlier wait, cancelled or given up
  p.waiter.join();
  p.stop_waiting = std::make_shared<sys::descriptor>(os::make_bell());
  done.on_cancel([bell = p.stop_waiting] { os::ring(bell->get()); });
  p.waiter = sys::thread(p.name + "-join", [&p, done = std::move(done)]() mutable {
    os::poll_set set;
    set.add(p.lane->handle(), 0);
    set.add(p.stop_waiting->get(), 1);
    std::vector<std::uint64_t> ready;
    while (ready.empty()) set.wait(time_point::max(), ready);
    if (!os::has_ended(p.lane->handle())) return;  // cancelled: the promise says so by going
    const os::ended how = p.lane->reap();
    p.status.emplace(how.code, how.signal);
    done.set_value(*p.status);
  });
  return answer;
}

bool process_body::alive() noexcept { return !os::has_ended(parts_->lane->handle()); }

void process_body::signal(int number) noexcept { os::send_signal(parts_->lane->handle(), number); }
int process_body::pid() const noexcept { return parts_->lane->pid(); }
const std::string& process_body::name() const noexcept { return parts_->name; }

}  // namespace detail

std::unique_ptr<detail::process_body> process::make(std::string_view name, bool) {
  if (detail::zygote::before_main())
    throw error("a process cannot be started before main: start it in main");
  return std::make_unique<detail::process_body>(name);
}

void process::terminate() noexcept { body_->signal(detail::os::ask_to_end); }
void process::kill() noexcept { body_->signal(detail::os::end_now); }

}  // namespace tutti
