#include <tutti/async/detail/listener_body.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <tutti/async/detail/counted.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/sleep.hpp>

namespace tutti::detail {
namespace {

/// Connections taken at once before others get a turn.
constexpr unsigned in_a_row_max = 16;
/// How long to leave the queue alone when this process may open no more descriptors.
constexpr duration pause_first = std::chrono::milliseconds(5);
constexpr duration pause_max = std::chrono::seconds(1);

/// Errors of the connection that was about to be taken, not of the listener. Source: accept(2).
bool concerns_one_connection(int number) noexcept {
  constexpr std::array numbers{ECONNABORTED, EPROTO,      ENETDOWN,     ENOPROTOOPT,
                               EHOSTDOWN,    ENONET,      EHOSTUNREACH, EPERM,
                               EOPNOTSUPP,   ENETUNREACH, ECONNRESET,   ETIMEDOUT};
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}
bool wants_resources(int number) noexcept {
  return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
}

}  // namespace

listener_body::~listener_body() {
  TUTTI_CHECK(accepting_ == 0,
              "a listener was destroyed while a task was accepting: that task must end first "
              "(close() wakes it)");
  close();
}

void listener_body::close() noexcept {
  if (!open_) return;
  open_ = false;
  channel_->close();
}

net::endpoint listener_body::local() const {
  if (!open_) throw closed("this listener is closed");
  return channel_->local();
}

task<std::unique_ptr<channel>> listener_body::accept() {
  task_cell& self = co_await this_cell();
  self.checkpoint();
  const counted mine(accepting_);
  duration pause = pause_first;
  for (;;) {
    if (!open_) throw closed("this listener is closed");
    if (!channel_->ready().is_ready(direction::read)) {
      in_a_row_ = 0;
      co_await channel_->ready().until(direction::read);
      continue;
    }
    if (++in_a_row_ >= in_a_row_max) {
      in_a_row_ = 0;
      co_await yield();
      continue;
    }
    listener_channel::result r = channel_->accept();
    if (r.error == 0) co_return std::move(r.connection);
    if (r.error == channel::would_wait || concerns_one_connection(r.error)) continue;
    if (!wants_resources(r.error))
      throw std::system_error(r.error, std::generic_category(), "accept");
    // Those who wait to be accepted stay in the queue; trying again at once would only spin.
    co_await sleep(pause);
    pause = std::min(2 * pause, pause_max);
  }
}

}  // namespace tutti::detail
