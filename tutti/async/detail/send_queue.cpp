#include <tutti/async/detail/send_queue.hpp>

#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include <tutti/async/loop.hpp>

namespace tutti::detail {

send_queue::~send_queue() {
  unlink();
  to_.ready().hook_writable(nullptr);
}

void send_queue::unlink() noexcept {
  if (is_linked()) list<afterwork>::unlink(*this);
}

void send_queue::append(std::span<const std::byte> bytes, loop& here) {
  const std::span<std::byte> room = held_.space(bytes.size());
  std::memcpy(room.data(), bytes.data(), bytes.size());
  held_.add(bytes.size());
  loop_ = &here;
  if (!is_linked()) here.after_this_task(*this);
}

void send_queue::flush() noexcept {
  while (!held_.empty() && to_.ready().is_ready(direction::write)) {
    const channel::result r = to_.write(std::as_bytes(std::span(held_.text())));
    held_.drop(r.count);
    if (r.error == 0 || r.error == channel::would_wait) continue;
    error_ = r.error;
    held_.drop(held_.size());
  }
  if (held_.empty()) {
    held_.rest();
    unlink();
  }
}

void send_queue::flush_later(loop& here) noexcept {
  loop_ = &here;
  flush();
  if (!held_.empty()) {
    try {
      to_.ready().hook_writable(this);
      to_.ready().prepare_wait(here);
    } catch (const std::system_error& e) {
      error_ = e.code().value();
      held_.drop(held_.size());
    } catch (...) {
      error_ = ENOMEM;
      held_.drop(held_.size());
    }
  }
  if (held_.empty()) {
    to_.ready().hook_writable(nullptr);
    if (on_empty != nullptr) on_empty(*this);
  }
}

void send_queue::after_task(afterwork& w) noexcept {
  auto& self = static_cast<send_queue&>(w);
  self.flush_later(*self.loop_);
}

void send_queue::on_writable(ready_hook& h) noexcept {
  auto& self = static_cast<send_queue&>(h);
  if (!self.is_linked()) self.loop_->after_this_task(self);
}

namespace {
/// A closed stream whose last bytes the system did not take at once.
struct farewell final : loop_guest {
  explicit farewell(std::unique_ptr<channel> c) noexcept : below(std::move(c)), rest(*below) {}
  ~farewell() override { below->close(); }
  std::unique_ptr<channel> below;
  send_queue rest;
};
}  // namespace

void send_queue::give(receive_buffer& to) noexcept { to.swap(held_); }

void send_queue::leave_to(loop& here, std::unique_ptr<channel> c, receive_buffer& rest) noexcept {
  auto* const f = new (std::nothrow) farewell(std::move(c));
  if (f == nullptr) return;
  f->rest.held_.swap(rest);
  f->rest.guest_ = f;
  here.keep(*f);
  f->rest.on_empty = [](send_queue& q) noexcept { delete q.guest_; };
  f->rest.flush_later(here);
}

}  // namespace tutti::detail
