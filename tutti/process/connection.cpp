#include <tutti/process/connection.hpp>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <tutti/async/detail/channel.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/wire/frame.hpp>

namespace tutti {
namespace detail {

std::pair<std::shared_ptr<connection_body>, std::shared_ptr<connection_body>>
connection_body::make_pair() {
  os::pipe_ends there = os::make_pipe();
  os::pipe_ends back = os::make_pipe();
  for (const auto* end : {&there.reading, &there.writing, &back.reading, &back.writing})
    os::make_impatient(end->get());
  auto first = std::make_shared<connection_body>(back.reading.release(), there.writing.release());
  auto second = std::make_shared<connection_body>(there.reading.release(), back.writing.release());
  return {std::move(first), std::move(second)};
}

void connection_body::encode(wire::byte_writer& out, const std::shared_ptr<connection_body>& body) {
  if (body == nullptr) throw error("a connection that was moved from cannot be passed on");
  out.put_value(body->reading_.fd());
  out.put_value(body->writing_.fd());
  out.keep(body);
}

std::shared_ptr<connection_body> connection_body::decode(wire::byte_reader& in) {
  const int reading = in.take_value<int>();
  const int writing = in.take_value<int>();
  sys::descriptor in_end = os::open_of_process(in.sender(), reading, os::access::reading);
  sys::descriptor out_end = os::open_of_process(in.sender(), writing, os::access::writing);
  os::make_impatient(in_end.get());
  os::make_impatient(out_end.get());
  return std::make_shared<connection_body>(in_end.release(), out_end.release());
}

bool connection_body::write_due() {
  while (written_ < due_.size()) {
    const os::moved put =
        os::write_now(writing_.fd(), std::span<const std::byte>(due_).subspan(written_));
    written_ += put.count;
    if (put.error == channel::would_wait) {
      writing_.clear(direction::write);
      return false;
    }
    if (put.error == EPIPE) throw closed("the other end of this connection is gone");
    if (put.error != 0)
      throw std::system_error(put.error, std::system_category(), "writing to a connection");
  }
  due_.clear();
  written_ = 0;
  return true;
}

bool connection_body::read_more() {
  for (;;) {
    const bool in_head = wanted_ == 0;
    const std::size_t aim = in_head ? sizeof(wire::frame_head) : wanted_;
    std::size_t have = arrived_.size();
    if (have == aim) {
      if (!in_head) return true;
      wanted_ = aim + wire::read_head(arrived_)->length;
      continue;
    }
    // By steps: a length that somebody only claims costs nothing.
    const std::size_t step = std::min<std::size_t>(aim - have, std::size_t{1} << 20);
    arrived_.resize(have + step);
    const os::moved got = os::read_now(reading_.fd(), std::span(arrived_).subspan(have));
    arrived_.resize(have + got.count);
    if (got.error == channel::would_wait) {
      reading_.clear(direction::read);
      return false;
    }
    if (got.error != 0)
      throw std::system_error(got.error, std::system_category(), "reading from a connection");
    if (got.count == 0) {
      if (have == 0) throw closed("the other end of this connection is gone");
      throw wire_error("the other end of this connection died in the middle of a message");
    }
  }
}

std::vector<std::byte> connection_body::take_message() {
  std::vector<std::byte> message = std::move(arrived_);
  message.erase(message.begin(), message.begin() + sizeof(wire::frame_head));
  arrived_ = {};
  wanted_ = 0;
  return message;
}

void connection_body::send(std::span<const std::byte> message) {
  require_blocking_allowed("connection::send()", "co_await c.async_send(v)");
  while (!write_due()) os::wait_writable(writing_.fd());
  due_ = wire::make_frame(0, message);
  while (!write_due()) os::wait_writable(writing_.fd());
}

std::vector<std::byte> connection_body::receive() {
  while (!read_more()) {
    require_blocking_allowed("connection::receive()", "co_await c.async_receive<T>()");
    os::wait_readable(reading_.fd());
  }
  return take_message();
}

task<void> connection_body::async_send(std::shared_ptr<connection_body> body,
                                       std::vector<std::byte> message) {
  task_cell& self = co_await this_cell();
  self.checkpoint();
  while (!body->write_due()) co_await body->writing_.until(direction::write);
  body->due_ = wire::make_frame(0, message);
  while (!body->write_due()) co_await body->writing_.until(direction::write);
}

task<std::vector<std::byte>> connection_body::async_receive(std::shared_ptr<connection_body> body) {
  task_cell& self = co_await this_cell();
  self.checkpoint();
  while (!body->read_more()) co_await body->reading_.until(direction::read);
  co_return body->take_message();
}

bool connection_body::has_something() const noexcept { return os::is_readable(reading_.fd()); }

}  // namespace detail

void connection::refuse_handles() {
  throw error(
      "handles to shared memory cannot travel through a connection: pass them as arguments");
}

std::pair<connection, connection> pipe() {
  auto [first, second] = detail::connection_body::make_pair();
  return {connection(std::move(first)), connection(std::move(second))};
}

}  // namespace tutti
