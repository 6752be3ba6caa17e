#include <tutti/process/connection.hpp>

#include <tutti/base/error.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/wire/frame.hpp>

namespace tutti {
namespace detail {

connection_body::~connection_body() {
  const sys::descriptor reading{reading_};
  const sys::descriptor writing{writing_};
}

std::pair<std::shared_ptr<connection_body>, std::shared_ptr<connection_body>>
connection_body::make_pair() {
  os::pipe_ends there = os::make_pipe();
  os::pipe_ends back = os::make_pipe();
  auto first = std::make_shared<connection_body>();
  auto second = std::make_shared<connection_body>();
  first->reading_ = back.reading.release();
  first->writing_ = there.writing.release();
  second->reading_ = there.reading.release();
  second->writing_ = back.writing.release();
  return {std::move(first), std::move(second)};
}

void connection_body::encode(wire::byte_writer& out, const std::shared_ptr<connection_body>& body) {
  if (body == nullptr) throw error("a connection that was moved from cannot be passed on");
  out.put_value(body->reading_);
  out.put_value(body->writing_);
  out.keep(body);
}

std::shared_ptr<connection_body> connection_body::decode(wire::byte_reader& in) {
  const int reading = in.take_value<int>();
  const int writing = in.take_value<int>();
  auto body = std::make_shared<connection_body>();
  body->reading_ = os::open_of_process(in.sender(), reading, os::access::reading).release();
  body->writing_ = os::open_of_process(in.sender(), writing, os::access::writing).release();
  return body;
}

void connection_body::send(std::span<const std::byte> message) {
  require_blocking_allowed("connection::send()", "co_await to_thread([&] { c.send(v); })");
  if (!os::write_all(writing_, wire::make_frame(0, message)))
    throw closed("the other end of this connection is gone");
}

std::vector<std::byte> connection_body::receive() {
  if (!os::is_readable(reading_)) {
    require_blocking_allowed("connection::receive()",
                             "co_await to_thread([&] { c.receive<T>(); })");
    os::wait_readable(reading_);
  }
  std::byte head[sizeof(wire::frame_head)];
  const std::size_t got = os::read_all(reading_, head);
  if (got == 0) throw closed("the other end of this connection is gone");
  const auto about = wire::read_head(std::span<const std::byte>(head, got));
  if (!about) throw wire_error("the other end of this connection died in the middle of a message");
  std::vector<std::byte> message(about->length);
  if (os::read_all(reading_, message) != message.size())
    throw wire_error("the other end of this connection died in the middle of a message");
  return message;
}

bool connection_body::has_something() const noexcept { return os::is_readable(reading_); }

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
