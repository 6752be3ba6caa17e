#include <tutti/async/backend/io_uring.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <liburing.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <tutti/async/backend/ring_order.hpp>
#include <tutti/async/detail/call_fault.hpp>
#include <tutti/async/detail/io_engine.hpp>
#include <tutti/base/clock.hpp>
#include <tutti/sys/descriptor.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {
namespace {

/// What a completion belongs to: the low bits of its user data.
enum class tag : std::uint64_t { nothing = 0, bell = 1, watched = 2, request = 3 };
constexpr std::uint64_t tag_mask = 3;

std::uint64_t data_of(tag t, void* p) noexcept {
  return reinterpret_cast<std::uintptr_t>(p) | static_cast<std::uint64_t>(t);
}

/// Readiness by multishot polls, which report every change as epoll's edges do; file operations by
/// the ring itself.
///
/// Threads:  as io_engine. The ring is enabled by the thread that first waits, the only one that
/// submits. Lifetime: as io_engine; the ring goes with the driver. Wakes:    deliver() wakes the
/// tasks whose descriptor changed or whose request ended. Order:    completions in the kernel's
/// order. Cancel:   a request stays with its task until its own completion has come; the
/// cancellation only hurries it.
class ring_engine final : public io_engine {
 public:
  ring_engine()
      : bell_(call_at("io_uring.bell", [] { return ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); })) {
    if (!bell_) throw std::system_error(errno, std::generic_category(), "eventfd");
    // The best first; a kernel that does not know a flag says EINVAL.
    constexpr std::array<unsigned, 3> wishes{
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
            IORING_SETUP_SUBMIT_ALL,
        IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL, 0};
    int number = sys::injected_fault("io_uring.setup");
    for (const unsigned flags : wishes) {
      if (number != 0 && number != EINVAL) break;
      io_uring_params p{};
      // Disabled until the loop's own thread comes: that one becomes the single issuer.
      p.flags = flags | IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
      p.cq_entries = completions_max;
      number = -::io_uring_queue_init_params(submissions_max, &ring_, &p);
      if (number != 0) continue;
      // Multishot polls came with the release that has resource tags, waits with a time limit
      // before; without them epoll serves better.
      constexpr unsigned needed = IORING_FEAT_RSRC_TAGS | IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP;
      if ((p.features & needed) == needed) {
        is_open_ = true;
        return;
      }
      ::io_uring_queue_exit(&ring_);
      number = ENOSYS;
      break;
    }
    throw std::system_error(number, std::generic_category(), "io_uring");
  }
  ~ring_engine() override { TUTTI_ASSERT(!is_open_); }

  watch* attach(int fd, readiness& target) override {
    if (const int number = sys::injected_fault("io_uring.poll"); number != 0) {
      throw std::system_error(number, std::generic_category(), "io_uring");
    }
    auto* const w = new watch(fd, target);
    arm(*w);
    ++watched_;
    return w;
  }

  void retire(watch& w) noexcept override {
    bool is_awake = false;
    {
      sys::lock hold(mu_);
      w.target = nullptr;
      if (!is_open_) {
        delete &w;
        return;
      }
      retired_.push_back(w);
      is_awake = runs_here();
      if (is_awake) has_retired_ = true;
    }
    // The poll holds the file open: a loop that sleeps must hear of it, or the other side would see
    // no end.
    if (!is_awake) ring_bell();
  }

  bool does_files() const noexcept override { return true; }
  void start(io_request& r) noexcept override {
    io_uring_sqe* const e = entry();
    switch (r.what) {
      case io_request::kind::read:
        ::io_uring_prep_read(e, r.fd, r.data, static_cast<unsigned>(r.size), r.offset);
        break;
      case io_request::kind::write:
        ::io_uring_prep_write(e, r.fd, r.data, static_cast<unsigned>(r.size), r.offset);
        break;
      case io_request::kind::sync:
        ::io_uring_prep_fsync(e, r.fd, 0);
        break;
    }
    ::io_uring_sqe_set_data64(e, data_of(tag::request, &r));
    ring_order::given(&r);
    ++requests_;
  }

  void cancel(io_request& r) noexcept override {
    // As if it was not found, or already running: its end comes by itself.
    if (sys::injected_fault("io_uring.cancel") != 0) return;
    io_uring_sqe* const e = entry();
    ::io_uring_prep_cancel64(e, data_of(tag::request, &r), 0);
    ::io_uring_sqe_set_data64(e, 0);
  }

  void ring_bell() noexcept {
    const std::uint64_t one = 1;
    const int kept = errno;
    if (::write(bell_.get(), &one, sizeof one) < 0) {
    }  // full: then it rings already
    errno = kept;
  }

  /// Submits what is prepared, sleeps at most until `deadline`, then signals what changed.
  void deliver(time_point deadline) noexcept {
    enable();
    remove_retired();
    if (sys::injected_fault("io_uring.wait") != 0) return reap();  // interrupted: nothing is lost
    const bool may_sleep =
        deadline != time_point::min() && !has_retired_ && ::io_uring_cq_ready(&ring_) == 0;
    if (!may_sleep) {
      if (::io_uring_sq_ready(&ring_) != 0 || wants_to_run())
        ::io_uring_submit_and_get_events(&ring_);
    } else if (deadline == time_point::max()) {
      ::io_uring_submit_and_wait(&ring_, 1);
    } else {
      const duration left = std::max(duration::zero(), deadline - clock::now());
      constexpr auto second = std::chrono::nanoseconds(std::chrono::seconds(1)).count();
      __kernel_timespec limit{left.count() / second, left.count() % second};
      io_uring_cqe* first = nullptr;
      ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &limit, nullptr);
    }
    reap();
  }

  bool has_nothing_new() noexcept {
    return !has_retired_ && ::io_uring_cq_ready(&ring_) == 0 && ::io_uring_sq_ready(&ring_) == 0 &&
           !wants_to_run();
  }
  bool has_work() const noexcept { return watched_ != 0 || requests_ != 0; }

  /// The driver goes: no completion will be looked at any more.
  void close() noexcept {
    TUTTI_CHECK(requests_ == 0, "a loop was destroyed while a file operation was under way");
    {
      sys::lock hold(mu_);
      is_open_ = false;
      leaving_.splice_back(retired_);
    }
    ::io_uring_queue_exit(&ring_);
    while (watch* const w = leaving_.pop_front()) delete w;
  }

 private:
  static constexpr unsigned submissions_max = 256;    ///< prepared before the kernel is entered
  static constexpr unsigned completions_max = 4096;   ///< more wait inside the kernel (NODROP)
  static constexpr unsigned retired_batch_max = 256;  ///< polls taken back at once

  bool wants_to_run() const noexcept {
    return (__atomic_load_n(ring_.sq.kflags, __ATOMIC_RELAXED) &
            (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
  }
  bool runs_here() const noexcept {
    const scheduler* const here = running_scheduler();
    return here != nullptr && const_cast<scheduler*>(here)->io() == this;
  }

  void enable() noexcept {
    if (TUTTI_LIKELY(is_enabled_)) return;
    is_enabled_ = true;
    // By number: some releases of liburing declare the call and do not have it.
    const long r =
        ::syscall(__NR_io_uring_register, ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
    TUTTI_CHECK(r == 0, "io_uring could not be enabled");
    ::io_uring_register_ring_fd(&ring_);  // an optimisation: works without
    arm_bell();
  }

  io_uring_sqe* entry() noexcept {
    enable();
    io_uring_sqe* e = nullptr;
    if (sys::injected_fault("io_uring.full") == 0) e = ::io_uring_get_sqe(&ring_);
    while (e == nullptr) {
      ::io_uring_submit_and_get_events(&ring_);
      e = ::io_uring_get_sqe(&ring_);
    }
    return e;
  }

  void arm_bell() noexcept {
    io_uring_sqe* const e = entry();
    ::io_uring_prep_poll_multishot(e, bell_.get(), POLLIN);
    ::io_uring_sqe_set_data64(e, data_of(tag::bell, nullptr));
  }

  void arm(watch& w) noexcept {
    io_uring_sqe* const e = entry();
    ::io_uring_prep_poll_multishot(e, w.fd, POLLIN | POLLOUT | POLLRDHUP);
    ::io_uring_sqe_set_data64(e, data_of(tag::watched, &w));
    ring_order::given(&w);
    w.is_armed = true;
  }

  /// Takes the polls of given-up watches back; a watch goes with the last completion that names it.
  void remove_retired() noexcept {
    list<watch> given_up;
    {
      // Each costs two completions: a few at a time, so that these are reaped in between.
      sys::lock hold(mu_);
      for (unsigned n = 0; n < retired_batch_max && !retired_.empty(); ++n)
        given_up.push_back(*retired_.pop_front());
      has_retired_ = !retired_.empty();
    }
    while (watch* const w = given_up.pop_front()) {
      if (!w->is_armed) {
        forget(w);
        continue;
      }
      // Not a "poll remove": that gives up (EALREADY) on a poll that is about to report, which then
      // stays, and with it the file.
      io_uring_sqe* const e = entry();
      ::io_uring_prep_cancel64(e, data_of(tag::watched, w), 0);
      ::io_uring_sqe_set_data64(e, 0);
      leaving_.push_back(*w);
      w->fd = -1;  // marks it as on this list
    }
  }

  void forget(watch* w) noexcept {
    delete w;
    --watched_;
  }

  void reap() noexcept {
    sys::lock hold(mu_);
    unsigned head = 0;
    unsigned seen = 0;
    io_uring_cqe* c = nullptr;
    io_uring_for_each_cqe(&ring_, head, c) {
      complete(c->user_data, c->res, (c->flags & IORING_CQE_F_MORE) != 0);
      ++seen;
    }
    ::io_uring_cq_advance(&ring_, seen);
  }

  void complete(std::uint64_t data, int result, bool goes_on) noexcept {
    void* const p = reinterpret_cast<void*>(data & ~tag_mask);
    switch (static_cast<tag>(data & tag_mask)) {
      case tag::nothing:
        return;
      case tag::bell:
        has_retired_ = true;  // perhaps another thread rang for that: look before the next wait
        if (!goes_on) arm_bell();
        return;
      case tag::watched:
        ring_order::got(p);
        changed(*static_cast<watch*>(p), result, goes_on);
        return;
      case tag::request: {
        ring_order::got(p);
        auto* const r = static_cast<io_request*>(p);
        --requests_;
        r->result = result;
        r->cell->wake();
        return;
      }
    }
  }

  void changed(watch& w, int result, bool goes_on) noexcept {
    if (!goes_on) w.is_armed = false;
    readiness* const target = w.target;
    if (target == nullptr) {
      // Given up. Not taken back yet: remove_retired() will find it unarmed.
      if (goes_on || w.fd >= 0) return;
      list<watch>::unlink(w);
      forget(&w);
      return;
    }
    // A poll that failed knows nothing: whoever waits tries the call itself and sees its error.
    const int events = result < 0 ? POLLIN | POLLOUT | POLLHUP : result;
    if (!goes_on && result >= 0) arm(w);
    if ((events & (POLLOUT | POLLERR | POLLHUP)) != 0) target->signal(direction::write);
    if ((events & (POLLRDHUP | POLLHUP)) != 0) {
      target->signal_end();
    } else if ((events & (POLLIN | POLLERR)) != 0) {
      target->signal(direction::read);
    }
  }

  sys::descriptor bell_;
  io_uring ring_{};
  sys::mutex mu_;
  list<watch> retired_ TUTTI_GUARDED_BY(mu_);
  list<watch> leaving_;       // owner: the loop's thread: their polls are being taken back
  std::size_t watched_ = 0;   // owner: the loop's thread
  std::size_t requests_ = 0;  // owner: the loop's thread
  bool has_retired_ = false;  // owner: the loop's thread
  bool is_enabled_ = false;   // owner: the loop's thread
  bool is_open_ TUTTI_GUARDED_BY(mu_) = false;
};

/// Threads:  as driver.
/// Lifetime: as driver; its engine may live longer, closed.
/// Wakes:    interrupt() writes to an eventfd, which is allowed in a signal handler.
/// Order:    as driver.
/// Cancel:   not by itself.
class ring_driver final : public driver {
 public:
  ~ring_driver() override { engine_->close(); }
  void wait(time_point deadline) noexcept override { engine_->deliver(deadline); }
  void poll() noexcept override {
    if (!engine_->has_nothing_new()) engine_->deliver(time_point::min());
  }
  void interrupt() noexcept override { engine_->ring_bell(); }
  bool has_work() const noexcept override { return engine_->has_work(); }
  const char* label() const noexcept override { return "io_uring"; }
  io_engine* engine() noexcept override { return engine_.get(); }

 private:
  std::shared_ptr<ring_engine> engine_ = std::make_shared<ring_engine>();
};

}  // namespace

std::unique_ptr<driver> make_io_uring_driver() { return std::make_unique<ring_driver>(); }

}  // namespace tutti::detail
