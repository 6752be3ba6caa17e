#include <tutti/testing/fault.hpp>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <tutti/async/backend/socket.hpp>
#include <tutti/base/list.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/wall_clock.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/testing/detail/allocations.hpp>
#include <tutti/testing/detail/simulation.hpp>

namespace tutti::detail {

/// Part of fault.
struct planned_fault : list_node {
  std::string site;
  std::vector<int> numbers;
  std::size_t next = 0;
  std::uint32_t* watches = nullptr;  ///< site "memory": the count of the thread that made it
};

namespace {

sys::mutex plans_lock;
list<planned_fault>& plans() TUTTI_REQUIRES(plans_lock) {
  static list<planned_fault>& all = *new list<planned_fault>;
  return all;
}
sys::fault_source before = nullptr;  // guarded by plans_lock

int deliver(std::string_view site) noexcept {
  sys::fault_source other = nullptr;
  {
    sys::lock hold(plans_lock);
    for (planned_fault* p = plans().front(); p != nullptr; p = plans().after(p)) {
      if (p->site == site && p->next < p->numbers.size()) return p->numbers[p->next++];
    }
    other = before;
  }
  return other != nullptr ? other(site) : 0;
}

}  // namespace
}  // namespace tutti::detail

namespace tutti::testing {
namespace {

constexpr std::array all_faults{
    known_fault{"core.frame", ENOMEM},
    known_fault{"epoll.add", ENOMEM},
    known_fault{"epoll.add", ENOSPC},
    known_fault{"epoll.bell", EMFILE},
    known_fault{"epoll.create", EMFILE},
    known_fault{"epoll.create", ENFILE},
    known_fault{"epoll.wait", EINTR},
    known_fault{"file.fsync", EIO},
    known_fault{"file.open", EMFILE},
    known_fault{"file.open", ENFILE},
    known_fault{"file.read", EIO},
    known_fault{"file.short_read", 1},
    known_fault{"file.short_write", 1},
    known_fault{"file.write", EIO},
    known_fault{"file.write", ENOSPC},
    known_fault{"io_uring.bell", EMFILE},
    known_fault{"io_uring.cancel", ENOENT},
    known_fault{"io_uring.full", EBUSY},
    known_fault{"io_uring.poll", ENOMEM},
    known_fault{"io_uring.setup", EPERM},
    known_fault{"io_uring.setup", ENOMEM},
    known_fault{"io_uring.wait", EINTR},
    known_fault{"memory", ENOMEM},
    known_fault{"net.accept", ECONNABORTED},
    known_fault{"net.accept", EMFILE},
    known_fault{"net.accept", ENFILE},
    known_fault{"net.bind", EADDRINUSE},
    known_fault{"net.connect", ECONNREFUSED},
    known_fault{"net.connect", ETIMEDOUT},
    known_fault{"net.connect", ENETUNREACH},
    known_fault{"net.connected", ECONNREFUSED},
    known_fault{"net.connected", ETIMEDOUT},
    known_fault{"net.listen", EADDRINUSE},
    known_fault{"net.name", ENOBUFS},
    known_fault{"net.read", ECONNRESET},
    known_fault{"net.read", ETIMEDOUT},
    known_fault{"net.receive_from", ENOMEM},
    known_fault{"net.resolve", detail::lookup_again},
    known_fault{"net.send_to", ENOBUFS},
    known_fault{"net.send_to", EPERM},
    known_fault{"net.short_read", 1},
    known_fault{"net.short_write", 1},
    known_fault{"net.shutdown", ENOTCONN},
    known_fault{"net.socket", EMFILE},
    known_fault{"net.socket", ENOBUFS},
    known_fault{"net.write", ECONNRESET},
    known_fault{"net.write", EPIPE},
    known_fault{"net.write", ENOBUFS},
    known_fault{"pipe.read", EIO},
    known_fault{"pipe.short_read", 1},
    known_fault{"pipe.short_write", 1},
    known_fault{"pipe.write", EPIPE},
    known_fault{"process.attach", EMFILE},
    known_fault{"process.bell", EMFILE},
    known_fault{"process.duplicate", EMFILE},
    known_fault{"process.fork", EAGAIN},
    known_fault{"process.fork", ENOMEM},
    known_fault{"process.handle", EMFILE},
    known_fault{"process.landlock", ENOSYS},
    known_fault{"process.map", ENOMEM},
    known_fault{"process.memory", ENOMEM},
    known_fault{"process.memory", EMFILE},
    known_fault{"process.named", EACCES},
    known_fault{"process.pipe", EMFILE},
    known_fault{"process.poll", EMFILE},
    known_fault{"process.reserve", ENOSPC},
    known_fault{"process.seccomp", ENOSYS},
    known_fault{"process.socketpair", EMFILE},
    known_fault{"process.spawn", EAGAIN},
    known_fault{"process.watch", ENOSPC},
    known_fault{"signals.bell", EMFILE},
    known_fault{"signals.handle", EINVAL},
    known_fault{"thread.start", EAGAIN},
    known_fault{"worker.killed", detail::os::end_now},
};

}  // namespace

std::span<const known_fault> known_faults() noexcept { return all_faults; }

void set_wall_clock(duration forward_by) {
  if (detail::simulation::here() == nullptr) {
    throw error("set_wall_clock() was called outside of a simulation: the machine's clock is real");
  }
  sys::simulated_wall_shift += forward_by;
}

fault::fault(std::string_view site, std::initializer_list<int> numbers)
    : plan_(std::make_unique<detail::planned_fault>()) {
  sys::reach_further();
  plan_->site = site;
  plan_->numbers = numbers;
  if (site == detail::memory_site) plan_->watches = &detail::memory_is_watched;
  sys::lock hold(detail::plans_lock);
  if (detail::plans().empty()) detail::before = sys::set_fault_source(&detail::deliver);
  detail::plans().push_back(*plan_);
  if (plan_->watches != nullptr) ++*plan_->watches;
}

fault::~fault() {
  sys::reach_further();
  if (plan_->watches != nullptr) --*plan_->watches;
  sys::lock hold(detail::plans_lock);
  detail::list<detail::planned_fault>::unlink(*plan_);
  if (detail::plans().empty()) sys::set_fault_source(detail::before);
}

std::size_t fault::left() const noexcept {
  sys::lock hold(detail::plans_lock);
  return plan_->numbers.size() - plan_->next;
}

}  // namespace tutti::testing
