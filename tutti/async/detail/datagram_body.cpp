#include <tutti/async/detail/datagram_body.hpp>

#include <system_error>

#include <tutti/async/detail/counted.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/sleep.hpp>

namespace tutti::detail {
namespace {
/// Datagrams moved at once before others get a turn.
constexpr unsigned in_a_row_max = 32;
}  // namespace

datagram_body::~datagram_body() {
  TUTTI_CHECK(in_use_ == 0,
              "a socket was destroyed while a task was using it: that task must end first (close() "
              "wakes it)");
  close();
}

void datagram_body::close() noexcept {
  if (!open_) return;
  open_ = false;
  channel_->close();
}

void datagram_body::require_open() const {
  if (!open_) throw closed("this socket is closed");
}

net::endpoint datagram_body::local() const {
  require_open();
  return channel_->local();
}

task<void> datagram_body::send(std::span<const std::byte> bytes, socket_address to) {
  task_cell& self = co_await this_cell();
  self.checkpoint();
  const counted mine(in_use_);
  for (;;) {
    require_open();
    if (!channel_->ready().is_ready(direction::write)) {
      in_a_row_ = 0;
      co_await channel_->ready().until(direction::write);
      continue;
    }
    if (++in_a_row_ >= in_a_row_max) {
      in_a_row_ = 0;
      co_await yield();
      continue;
    }
    const channel::result r = channel_->send(bytes, to);
    if (r.error == 0) co_return;
    if (r.error != channel::would_wait)
      throw std::system_error(r.error, std::generic_category(), "send_to");
  }
}

task<std::size_t> datagram_body::receive(std::span<std::byte> into, socket_address* from) {
  task_cell& self = co_await this_cell();
  self.checkpoint();
  const counted mine(in_use_);
  for (;;) {
    require_open();
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
    const channel::result r = channel_->receive(into, *from);
    if (r.error == 0) co_return r.count;
    if (r.error != channel::would_wait) {
      throw std::system_error(r.error, std::generic_category(), "receive_from");
    }
  }
}

}  // namespace tutti::detail
