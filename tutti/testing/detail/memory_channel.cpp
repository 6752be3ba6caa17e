#include <tutti/testing/detail/memory_channel.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <tutti/async/detail/call_fault.hpp>
#include <tutti/base/clock.hpp>
#include <tutti/core/scheduler.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/testing/memory_stream.hpp>

namespace tutti::detail {

std::size_t memory_direction::room() const {
  const std::size_t max = link != nullptr ? link->window() : held_max;
  return max > held ? max - held : 0;
}

/// Nothing overtakes what was sent before.
time_point memory_direction::next_arrival(std::size_t bytes) const {
  const time_point earliest = chunks.empty() ? time_point::min() : chunks.back().at;
  return std::max(earliest, link != nullptr ? link->arrival(bytes) : clock::now());
}

void memory_direction::tell_reader() const noexcept {
  if (reader != nullptr) reader->look();
}

std::size_t memory_direction::send(std::span<const std::byte> bytes) {
  const std::size_t packet = link != nullptr ? link->packet_max() : bytes.size();
  std::size_t done = 0;
  try {
    while (done < bytes.size()) {
      const auto part = bytes.subspan(done, std::min(packet, bytes.size() - done));
      chunk next{next_arrival(part.size()),
                 std::string(reinterpret_cast<const char*>(part.data()), part.size())};
      chunks.push_back(std::move(next));
      held += part.size();
      done += part.size();
    }
  } catch (const std::bad_alloc&) {
    if (done == 0) throw;
  }
  tell_reader();
  return done;
}

void memory_direction::send_end() noexcept {
  if (ended) return;
  ended = true;
  end_at = next_arrival(0);
  tell_reader();
}

void memory_direction::send_left() noexcept {
  send_end();
  left = true;
  left_at = std::max(end_at, next_arrival(0));
  tell_reader();
}

void memory_direction::hold_back() noexcept {
  const time_point now = clock::now();
  const auto hold = [now](time_point& at) {
    if (at > now) at = time_point::max();
  };
  for (chunk& c : chunks) hold(c.at);
  if (ended) hold(end_at);
  if (left) hold(left_at);
  tell_reader();
}

void memory_direction::resend() noexcept {
  time_point earliest = time_point::min();
  const auto again = [&](time_point& at, std::size_t bytes) {
    if (at == time_point::max()) at = std::max(earliest, link->arrival(bytes));
    earliest = at;
  };
  for (chunk& c : chunks) again(c.at, c.bytes.size());
  if (ended) again(end_at, 0);
  if (left) again(left_at, 0);
  tell_reader();
}

void memory_direction::break_off() noexcept {
  broken = true;
  chunks.clear();
  held = 0;
  if (reader != nullptr) reader->broke();
  if (writer != nullptr) writer->broke();
}

void memory_channel::broke() noexcept { ready_.signal(true, true); }

void memory_channel::abandon() noexcept {
  in_->break_off();
  out_->break_off();
}

memory_channel::arrival::arrival(memory_channel& of) noexcept
    : timer([](timer& t) noexcept { static_cast<arrival&>(t).look(); }), owner(of) {}

void memory_channel::arrival::prepare_wait(scheduler& on) {
  where = &on;
  look();
}

/// Says what is there, and has the timer tell of what comes next. Others than the reader's own loop
/// leave its timer alone: they wake the reader, which asks again.
void memory_channel::arrival::look() noexcept {
  const memory_direction& in = *owner.in_;
  const time_point now = clock::now();
  time_point soonest = time_point::max();
  const auto has_come = [&](time_point at) {
    if (at > now) soonest = std::min(soonest, at);
    return at <= now;
  };
  bool readable = false;
  if (!in.chunks.empty()) {
    readable = has_come(in.chunks.front().at);
  } else if (in.ended) {
    readable = has_come(in.end_at);
  }
  const bool writable = in.left && has_come(in.left_at);
  if (where != nullptr && where == running_scheduler()) {
    if (is_linked() && when != soonest) where->disarm(*this);
    if (!is_linked() && soonest != time_point::max()) {
      when = soonest;
      where->arm(*this);
    }
  } else if (soonest != time_point::max() && (!is_linked() || when > soonest)) {
    wake_waiters();
  }
  if (readable || writable) signal(readable, writable);
}

void memory_channel::arrival::forget() noexcept {
  if (is_linked()) where->disarm(*this);
}

memory_channel::memory_channel(std::shared_ptr<memory_direction> in,
                               std::shared_ptr<memory_direction> out, net::endpoint local,
                               net::endpoint peer)
    : in_(std::move(in)),
      out_(std::move(out)),
      local_(std::move(local)),
      peer_(std::move(peer)),
      ready_(*this) {
  in_->reader = this;
  out_->writer = this;
}

channel::result memory_channel::read(std::span<std::byte> into) noexcept {
  if (const int number = call_fault("net.read"); number != 0) return {0, number};
  if (in_->broken) return {0, ECONNRESET};
  into = into.first(call_share("net.short_read", into.size()));
  if (in_->link != nullptr) into = into.first(in_->link->part_of(into.size()));
  std::size_t done = 0;
  const time_point now = clock::now();
  while (done < into.size() && !in_->chunks.empty() && in_->chunks.front().at <= now) {
    memory_direction::chunk& c = in_->chunks.front();
    const std::size_t part = std::min(into.size() - done, c.bytes.size() - c.taken);
    std::memcpy(into.data() + done, c.bytes.data() + c.taken, part);
    done += part;
    c.taken += part;
    in_->held -= part;
    if (c.taken == c.bytes.size()) in_->chunks.pop_front();
  }
  if (done == 0) {
    if (in_->chunks.empty() && in_->ended && in_->end_at <= now) return {0, 0};
    ready_.clear(direction::read);
    return {0, would_wait};
  }
  if (in_->writer != nullptr) in_->writer->ready_.signal(direction::write);
  return {done, 0};
}

channel::result memory_channel::write(std::span<const std::byte> from) noexcept try {
  if (const int number = call_fault("net.write"); number != 0) return {0, number};
  if (out_->broken) return {0, ECONNRESET};
  if (out_->ended || (in_->left && in_->left_at <= clock::now())) return {0, EPIPE};
  std::size_t part = std::min(from.size(), out_->room());
  if (out_->link != nullptr) part = out_->link->part_of(part);
  if (part == 0 && !from.empty()) {
    ready_.clear(direction::write);
    return {0, would_wait};
  }
  part = call_share("net.short_write", part);
  if (out_->reader == nullptr) {  // on its way to nobody, and nobody here knows it yet
    out_->held += part;
    return {part, 0};
  }
  return {out_->send(from.first(part)), 0};
} catch (...) {
  return {0, ENOMEM};
}

int memory_channel::shutdown_write() noexcept {
  if (out_->ended) return 0;
  if (const int number = call_fault("net.shutdown"); number != 0) {
    return number == ENOTCONN ? 0 : number;  // there is nobody left to tell
  }
  out_->send_end();
  return 0;
}

void memory_channel::close() noexcept {
  if (in_->reader != this) return;
  in_->reader = nullptr;
  out_->send_left();
  out_->writer = nullptr;
  ready_.forget();
  ready_.signal_ends();
}

std::pair<std::unique_ptr<channel>, std::unique_ptr<channel>> make_memory_channels(
    std::size_t buffer, std::shared_ptr<link_timing> there, std::shared_ptr<link_timing> back,
    const net::endpoint& from, const net::endpoint& to) {
  const auto forth = std::make_shared<memory_direction>();
  const auto home = std::make_shared<memory_direction>();
  forth->held_max = home->held_max = std::max<std::size_t>(1, buffer);
  forth->link = std::move(there);
  home->link = std::move(back);
  return {std::make_unique<memory_channel>(home, forth, from, to),
          std::make_unique<memory_channel>(forth, home, to, from)};
}

}  // namespace tutti::detail

namespace tutti::testing {

std::pair<net::byte_stream, net::byte_stream> memory_stream_pair(std::size_t buffer) {
  auto ends = detail::make_memory_channels(buffer);
  return {net::byte_stream(std::move(ends.first)), net::byte_stream(std::move(ends.second))};
}

}  // namespace tutti::testing
