#include <tutti/async/backend/epoll.hpp>

#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <tutti/async/detail/call_fault.hpp>
#include <tutti/async/detail/io_engine.hpp>
#include <tutti/base/clock.hpp>
#include <tutti/sys/descriptor.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {
namespace {

/// Every descriptor is registered once, for both directions, edge by edge; the first EAGAIN
/// registers it.
///
/// Threads:  as io_engine.
/// Lifetime: as io_engine; the epoll descriptor goes with the last watch or with the driver,
/// whichever is later. Wakes:    deliver() wakes the tasks whose descriptor changed. Order: events
/// in the kernel's order. Cancel:   waits only; they leave the list of their readiness.
class epoll_engine final : public io_engine {
 public:
  epoll_engine()
      : set_(call_at("epoll.create", [] { return ::epoll_create1(EPOLL_CLOEXEC); })),
        bell_(call_at("epoll.bell", [] { return ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); })) {
    if (!set_ || !bell_) throw std::system_error(errno, std::generic_category(), "epoll");
    epoll_event e{};
    e.events = EPOLLIN | EPOLLET;  // by edge, so that nobody has to read it empty
    if (::epoll_ctl(set_.get(), EPOLL_CTL_ADD, bell_.get(), &e) != 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }
  ~epoll_engine() override { free_retired(); }

  watch* attach(int fd, readiness& target) override {
    auto w = std::make_unique<watch>(fd, target);
    epoll_event e{};
    e.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    e.data.ptr = w.get();
    int number = sys::injected_fault("epoll.add");
    if (number == 0 && ::epoll_ctl(set_.get(), EPOLL_CTL_ADD, fd, &e) != 0) number = errno;
    if (number != 0) throw std::system_error(number, std::generic_category(), "epoll_ctl");
    w->is_armed = true;
    ++watched_;
    return w.release();
  }

  void retire(watch& w) noexcept override {
    sys::lock hold(mu_);
    epoll_event e{};
    // Not left to close(): the file may live on in another process that inherited it.
    ::epoll_ctl(set_.get(), EPOLL_CTL_DEL, w.fd, &e);
    w.target = nullptr;
    retired_.push_back(w);
  }

  /// Sleeps at most until `deadline`, then signals what changed. What was retired before this call
  /// is mentioned by the kernel no more.
  void deliver(time_point deadline) noexcept {
    free_retired();
    std::array<epoll_event, batch_max> events;
    const int n = call_at("epoll.wait", [&] { return wait_for_events(events.data(), deadline); });
    if (n <= 0) return;
    sys::lock hold(mu_);
    for (int i = 0; i < n; ++i) {
      if (auto* const w = static_cast<watch*>(events[static_cast<std::size_t>(i)].data.ptr)) {
        signal(*w, events[static_cast<std::size_t>(i)].events);
      }
    }
  }

  bool watches_anything() const noexcept { return watched_ != 0; }
  void ring() noexcept {
    const std::uint64_t one = 1;
    const int kept = errno;
    if (::write(bell_.get(), &one, sizeof one) < 0) {
    }  // full: then it rings already
    errno = kept;
  }

 private:
  static constexpr std::size_t batch_max = 256;  ///< events taken from the kernel at once

  static void signal(const watch& w, std::uint32_t events) noexcept {
    readiness* const target = w.target;
    if (target == nullptr) return;
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) target->signal(direction::write);
    if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0) {
      target->signal_end();
    } else if ((events & (EPOLLIN | EPOLLERR)) != 0) {
      target->signal(direction::read);
    }
  }

  int wait_for_events(epoll_event* events, time_point deadline) noexcept {
    if (deadline == time_point::max()) return ::epoll_wait(set_.get(), events, batch_max, -1);
    if (deadline == time_point::min()) return ::epoll_wait(set_.get(), events, batch_max, 0);
    const duration left = deadline - clock::now();
    if (left <= duration::zero()) return ::epoll_wait(set_.get(), events, batch_max, 0);
    constexpr auto second = std::chrono::nanoseconds(std::chrono::seconds(1)).count();
    const timespec limit{static_cast<std::time_t>(left.count() / second),
                         static_cast<long>(left.count() % second)};
    const int n = ::epoll_pwait2(set_.get(), events, batch_max, &limit, nullptr);
    if (n >= 0 || errno != ENOSYS) return n;
    // Older kernels count milliseconds: rounded up, so that the loop does not spin before the
    // deadline.
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return ::epoll_wait(set_.get(), events, batch_max,
                        ms > int_max ? int_max : static_cast<int>(ms));
  }
  static constexpr int int_max = 1 << 30;

  void free_retired() noexcept {
    list<watch> given_up;
    {
      sys::lock hold(mu_);
      given_up.splice_back(retired_);
    }
    while (watch* const w = given_up.pop_front()) {
      delete w;
      --watched_;
    }
  }

  sys::descriptor set_;
  sys::descriptor bell_;
  sys::mutex mu_;
  list<watch> retired_ TUTTI_GUARDED_BY(mu_);
  std::size_t watched_ = 0;  // owner: the loop's thread
};

/// Threads:  as driver.
/// Lifetime: as driver; its engine may live longer.
/// Wakes:    interrupt() writes to an eventfd, which is allowed in a signal handler.
/// Order:    as driver.
/// Cancel:   not by itself.
class epoll_driver final : public driver {
 public:
  void wait(time_point deadline) noexcept override { engine_->deliver(deadline); }
  void poll() noexcept override {
    if (!engine_->watches_anything()) return;
    engine_->deliver(time_point::min());
  }
  void interrupt() noexcept override { engine_->ring(); }
  bool has_work() const noexcept override { return engine_->watches_anything(); }
  const char* label() const noexcept override { return "epoll"; }
  io_engine* engine() noexcept override { return engine_.get(); }

 private:
  std::shared_ptr<epoll_engine> engine_ = std::make_shared<epoll_engine>();
};

}  // namespace

std::unique_ptr<driver> make_epoll_driver() { return std::make_unique<epoll_driver>(); }

}  // namespace tutti::detail
