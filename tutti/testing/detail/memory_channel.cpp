#include <tutti/testing/detail/memory_channel.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <tutti/base/clock.hpp>
#include <tutti/core/scheduler.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/testing/memory_stream.hpp>

namespace tutti::detail {

void memory_direction::send(std::string bytes) {
  const time_point earliest = chunks.empty() ? time_point::min() : chunks.back().at;
  time_point at = clock::now();
  if (link != nullptr) {
    const duration waits = std::max(duration::zero(), busy_until - at);
    const duration takes = waits + link->sending(bytes.size());
    busy_until = saturating_add(at, takes);
    at = saturating_add(link->arrival(), takes);
  }
  at = std::max(earliest, at);
  held += bytes.size();
  chunks.push_back({at, std::move(bytes)});
  if (reader != nullptr) reader->arrived();
}

void memory_direction::resend() {
  for (chunk& c : chunks) {
    if (c.at == time_point::max()) c.at = link->arrival();
  }
  if (reader != nullptr) reader->arrived();
}

void memory_direction::break_off() noexcept {
  broken = true;
  chunks.clear();
  held = 0;
  if (reader != nullptr) reader->broke();
  if (writer != nullptr) writer->broke();
}

void memory_channel::broke() noexcept {
  ready_.forget();
  ready_.signal(direction::read);
  ready_.signal(direction::write);
}

memory_channel::arrival::arrival(memory_channel& of) noexcept
    : timer([](timer& t) noexcept { static_cast<arrival&>(t).signal(direction::read); }),
      owner(of) {}

void memory_channel::arrival::prepare_wait(scheduler& on) {
  where = &on;
  look();
}

/// Arms the timer for what comes next, or says that it is there.
void memory_channel::arrival::look() noexcept {
  if (owner.in_->chunks.empty()) return;
  const time_point at = owner.in_->chunks.front().at;
  if (at <= clock::now()) {
    signal(direction::read);
  } else if (where != nullptr && at != time_point::max() && !is_linked()) {
    when = at;
    where->arm(*this);
  }
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

void memory_channel::arrived() noexcept { ready_.look(); }

channel::result memory_channel::read(std::span<std::byte> into) noexcept {
  if (const int number = sys::injected_fault("net.read"); number != 0) return {0, number};
  if (in_->broken) return {0, ECONNRESET};
  if (in_->link != nullptr) into = into.first(in_->link->part_of(into.size()));
  std::size_t done = 0;
  const time_point now = clock::now();
  while (done < into.size() && !in_->chunks.empty() && in_->chunks.front().at <= now) {
    memory_direction::chunk& c = in_->chunks.front();
    if (c.bytes.empty()) {  // the end stays where it is
      if (done == 0) return {0, 0};
      break;
    }
    const std::size_t part = std::min(into.size() - done, c.bytes.size() - c.taken);
    std::memcpy(into.data() + done, c.bytes.data() + c.taken, part);
    done += part;
    c.taken += part;
    in_->held -= part;
    if (c.taken == c.bytes.size()) in_->chunks.pop_front();
  }
  if (done == 0) {
    ready_.clear(direction::read);
    return {0, would_wait};
  }
  if (in_->writer != nullptr) in_->writer->ready_.signal(direction::write);
  return {done, 0};
}

channel::result memory_channel::write(std::span<const std::byte> from) noexcept try {
  if (const int number = sys::injected_fault("net.write"); number != 0) return {0, number};
  if (out_->broken) return {0, ECONNRESET};
  if (out_->ended || out_->reader == nullptr) return {0, EPIPE};
  std::size_t part = std::min(from.size(), out_->held_max - out_->held);
  if (out_->link != nullptr) part = out_->link->part_of(part);
  if (part == 0) {
    ready_.clear(direction::write);
    return {0, would_wait};
  }
  out_->send(std::string(reinterpret_cast<const char*>(from.data()), part));
  return {part, 0};
} catch (...) {
  return {0, ENOMEM};
}

int memory_channel::shutdown_write() noexcept {
  if (out_->ended) return 0;
  if (const int number = sys::injected_fault("net.shutdown"); number != 0) return number;
  return end();
}

int memory_channel::end() noexcept try {
  if (out_->ended) return 0;
  out_->ended = true;
  out_->send({});
  return 0;
} catch (...) {
  return ENOMEM;
}

void memory_channel::close() noexcept {
  if (in_->reader != this) return;
  end();
  in_->reader = nullptr;
  out_->writer = nullptr;
  ready_.forget();
  if (in_->writer != nullptr) in_->writer->ready_.signal(direction::write);
  ready_.signal_end();
  ready_.signal(direction::write);
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
