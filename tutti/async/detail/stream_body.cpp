#include <tutti/async/detail/stream_body.hpp>

#include <algorithm>
#include <system_error>

#include <tutti/async/byte_stream.hpp>
#include <tutti/async/loop.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/sleep.hpp>

namespace tutti::detail {
namespace {

/// Calls of one stream that find something to do at once before others get a turn.
constexpr unsigned in_a_row_max = 32;
/// From here on bytes go straight to the caller's memory.
constexpr std::size_t direct_min = 2048;
/// Writes that are only held before others get a turn.
constexpr unsigned held_in_a_row_max = 256;
/// Writes up to here are copied and go out together.
constexpr std::size_t held_at_once_max = 4096;
/// Free space below which the receive buffer is tidied up before a call.
constexpr std::size_t space_min = 4096;

[[noreturn]] void fail(int number, const char* operation) {
  throw std::system_error(number, std::generic_category(), operation);
}

}  // namespace

/// Refuses a second reader (or writer): two would tear each other's bytes apart.
class stream_body::turn {
 public:
  turn(stream_body& s, task_cell& self, bool& taken, const char* doing) : taken_(taken) {
    self.checkpoint();
    s.require_open();
    if ((s.is_reading_ || s.is_writing_) && s.used_on_ != self.where)
      throw error(
          "a stream is used on two event loops at the same time: it belongs to one loop at a time, "
          "so hand what it gives to the other one through a queue");
    if (taken_)
      throw error(std::string("two tasks are ") + doing +
                  " one stream at the same time: let one task do it, or lock");
    taken_ = true;
    s.used_on_ = self.where;
  }
  ~turn() { taken_ = false; }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

 private:
  bool& taken_;
};

stream_body::~stream_body() {
  TUTTI_CHECK(!is_reading_ && !is_writing_,
              "a stream was destroyed while a task was using it: the task that waits must end "
              "first (close() wakes it)");
  close();
}

void stream_body::close() noexcept {
  if (!open_) return;
  open_ = false;
  sending_->flush();
  scheduler* const here = running_scheduler();
  if (sending_->empty() || here == nullptr || here->io() == nullptr) {
    sending_.reset();
    channel_->close();
    return;
  }
  // The system takes no more now: the loop sends the rest. Who waits is woken and finds it closed.
  readiness& ready = channel_->ready();
  ready.clear(direction::write);
  ready.wake_waiters();
  receive_buffer rest;
  sending_->give(rest);
  sending_.reset();
  send_queue::leave_to(static_cast<loop&>(*here), std::move(channel_), rest);
}

void stream_body::require_open() const {
  if (TUTTI_UNLIKELY(!open_)) throw closed("this stream is closed");
}

bool stream_body::goes_on_at_once() noexcept {
  if (TUTTI_LIKELY(++in_a_row_ < in_a_row_max)) return true;
  in_a_row_ = 0;
  return false;
}

/// Bytes from the channel into `into`; 0 at the end.
task<std::size_t> stream_body::receive(std::span<std::byte> into) {
  for (;;) {
    send_before_reading();
    if (channel_->ready().is_ready(direction::read)) {
      if (!goes_on_at_once()) {
        co_await yield();
        require_open();
      }
      const channel::result r = channel_->read(into);
      if (r.error == 0) co_return r.count;
      if (r.error != channel::would_wait) fail(r.error, "read");
    } else {
      in_a_row_ = 0;
      co_await channel_->ready().until(direction::read);
      require_open();
    }
  }
}

/// The same into the buffer. An idle connection holds no buffer.
task<std::size_t> stream_body::receive_more(std::size_t wanted) {
  for (;;) {
    send_before_reading();
    if (channel_->ready().is_ready(direction::read)) {
      if (!goes_on_at_once()) {
        co_await yield();
        require_open();
      }
      const channel::result r = channel_->read(arrived_.space(std::max(wanted, space_min)));
      arrived_.add(r.count);
      if (r.error == 0) co_return r.count;
      if (r.error != channel::would_wait) fail(r.error, "read");
    } else {
      arrived_.rest();
      in_a_row_ = 0;
      co_await channel_->ready().until(direction::read);
      require_open();
    }
  }
}

task<std::size_t> stream_body::read_some(std::span<std::byte> into) {
  const turn mine(*this, co_await this_cell(), is_reading_, "reading from");
  if (into.empty()) co_return std::size_t{0};
  if (arrived_.empty()) {
    if (into.size() >= direct_min) co_return co_await receive(into);
    co_await receive_more(1);
  }
  co_return arrived_.take(into);
}

task<void> stream_body::read_exactly(std::span<std::byte> into) {
  const turn mine(*this, co_await this_cell(), is_reading_, "reading from");
  if (into.size() <= receive_buffer::block_size) {
    while (arrived_.size() < into.size()) {
      const std::size_t n = co_await receive_more(into.size() - arrived_.size());
      if (n == 0) throw net::end_of_stream(arrived_.size(), into.size());
    }
    arrived_.take(into);
    co_return;
  }
  std::size_t got = arrived_.take(into);
  try {
    while (got < into.size()) {
      const std::size_t n = co_await receive(into.subspan(got));
      if (n == 0) throw net::end_of_stream(got, into.size());
      got += n;
    }
  } catch (...) {
    arrived_.put_back(into.first(got));  // nothing is lost: the next read gets it
    throw;
  }
}

task<std::string> stream_body::read_until(std::string_view delimiter, std::size_t limit) {
  const turn mine(*this, co_await this_cell(), is_reading_, "reading from");
  if (delimiter.empty()) throw std::invalid_argument("read_until: the delimiter is empty");
  std::size_t looked_at = 0;
  for (;;) {
    const std::string_view text = arrived_.text();
    const std::size_t at = text.find(delimiter, looked_at);
    const std::size_t end = at == std::string_view::npos ? text.size() : at + delimiter.size();
    if (end > limit || (at == std::string_view::npos && end == limit)) {
      throw error("read_until: the delimiter did not come within " + std::to_string(limit) +
                  " bytes");
    }
    if (at != std::string_view::npos) {
      std::string found(text.substr(0, end));
      arrived_.drop(end);
      co_return found;
    }
    looked_at = text.size() < delimiter.size() ? 0 : text.size() - delimiter.size() + 1;
    const std::size_t n = co_await receive_more(1);
    if (n == 0) throw net::end_of_stream(arrived_.size());
  }
}

task<std::optional<std::string>> stream_body::read_line(std::size_t limit) {
  const turn mine(*this, co_await this_cell(), is_reading_, "reading from");
  std::size_t looked_at = 0;
  for (;;) {
    const std::string_view text = arrived_.text();
    const std::size_t at = text.find('\n', looked_at);
    if (at == std::string_view::npos ? text.size() > limit : at > limit) {
      throw error("read_line: the line is longer than " + std::to_string(limit) + " bytes");
    }
    if (at != std::string_view::npos) {
      std::string line(text.substr(0, at > 0 && text[at - 1] == '\r' ? at - 1 : at));
      arrived_.drop(at + 1);
      co_return line;
    }
    looked_at = text.size();
    const std::size_t n = co_await receive_more(1);
    if (n > 0) continue;
    if (arrived_.empty()) co_return std::nullopt;
    std::string last(arrived_.text());
    arrived_.drop(last.size());
    co_return last;
  }
}

task<std::string> stream_body::read_all(std::size_t limit) {
  const turn mine(*this, co_await this_cell(), is_reading_, "reading from");
  std::string all(arrived_.text());
  arrived_.drop(all.size());
  std::size_t got = all.size();
  try {
    for (;;) {
      if (got > limit) throw error("read_all: more than " + std::to_string(limit) + " bytes");
      if (all.size() - got < direct_min)
        all.resize(std::max(got + receive_buffer::block_size, 2 * got));
      const std::size_t n = co_await receive(std::as_writable_bytes(std::span(all)).subspan(got));
      if (n == 0) break;
      got += n;
    }
  } catch (...) {
    arrived_.put_back(std::as_bytes(std::span(all)).first(got));
    throw;
  }
  all.resize(got);
  co_return all;
}

/// What a send in the background failed with is thrown by the next operation that writes.
void stream_body::report_failed_send() {
  if (const int number = sending_->take_error(); number != 0) fail(number, "write");
}

/// All of it to the system.
task<void> stream_body::send(std::span<const std::byte> from) {
  while (!from.empty()) {
    if (!channel_->ready().is_ready(direction::write)) {
      in_a_row_ = 0;
      co_await channel_->ready().until(direction::write);
      require_open();
      continue;
    }
    if (!goes_on_at_once()) {
      co_await yield();
      require_open();
    }
    const channel::result r = channel_->write(from);
    if (r.error == 0) {
      from = from.subspan(r.count);
    } else if (r.error != channel::would_wait) {
      fail(r.error, "write");
    }
  }
}

/// Waits until the system has taken what is held.
task<void> stream_body::send_held() {
  for (;;) {
    sending_->flush();
    report_failed_send();
    if (sending_->empty()) co_return;
    in_a_row_ = 0;
    co_await channel_->ready().until(direction::write);
    require_open();
  }
}

/// The other side may be waiting for it before it sends anything.
void stream_body::send_before_reading() noexcept {
  if (!sending_->empty()) sending_->flush();
}

task<void> stream_body::write(std::span<const std::byte> from) {
  task_cell& self = co_await this_cell();
  const turn mine(*this, self, is_writing_, "writing to");
  report_failed_send();
  // A small one waits for others of the same turn, if there is a loop to send it when the task
  // suspends.
  const bool is_small = from.size() <= held_at_once_max && self.where->io() != nullptr;
  const bool fits = sending_->size() + from.size() <= send_queue::held_max;
  if (is_small && fits && channel_->ready().is_ready(direction::write)) {
    if (!from.empty()) sending_->append(from, static_cast<loop&>(*self.where));
    if (++held_in_a_row_ >= held_in_a_row_max) {
      held_in_a_row_ = 0;
      co_await yield();
    }
    co_return;
  }
  if (!sending_->empty()) co_await send_held();
  co_await send(from);
}

task<void> stream_body::flush() {
  const turn mine(*this, co_await this_cell(), is_writing_, "writing to");
  co_await send_held();
}

task<void> stream_body::shutdown_write() {
  const turn mine(*this, co_await this_cell(), is_writing_, "writing to");
  co_await send_held();
  if (const int number = channel_->shutdown_write(); number != 0) fail(number, "shutdown_write");
}

}  // namespace tutti::detail
