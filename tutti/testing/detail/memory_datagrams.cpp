#include <tutti/testing/detail/memory_datagrams.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <tutti/base/clock.hpp>
#include <tutti/core/scheduler.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {
namespace {
constexpr std::size_t datagram_bytes_max = 65'507;
}

mailbox::mailbox(net::endpoint at) noexcept
    : timer([](timer& t) noexcept { static_cast<mailbox&>(t).signal(direction::read); }),
      at_(std::move(at)) {
  signal(direction::write);
}

void mailbox::deliver(time_point arrival, packet p) {
  if (!open_ || packets_.size() >= held_max) return;
  packets_.emplace(arrival, std::move(p));
  if (is_linked()) where_->disarm(*this);  // it may be the first one now
  look();
}

mailbox::packet* mailbox::arrived() {
  if (packets_.empty() || packets_.begin()->first > clock::now()) {
    clear(direction::read);
    return nullptr;
  }
  return &packets_.begin()->second;
}

void mailbox::prepare_wait(scheduler& on) {
  where_ = &on;
  look();
}

void mailbox::look() noexcept {
  if (packets_.empty()) return;
  const time_point at = packets_.begin()->first;
  if (at <= clock::now()) {
    signal(direction::read);
  } else if (where_ != nullptr && !is_linked()) {
    when = at;
    where_->arm(*this);
  }
}

void mailbox::close() noexcept {
  if (!open_) return;
  open_ = false;
  if (is_linked()) where_->disarm(*this);
  packets_.clear();
  signal_end();
  signal(direction::write);
}

channel::result memory_datagrams::receive(std::span<std::byte> into,
                                          socket_address& from) noexcept {
  if (const int number = sys::injected_fault("net.receive_from"); number != 0) return {0, number};
  mailbox::packet* const p = own_->arrived();
  if (p == nullptr) return {0, channel::would_wait};
  const std::size_t part = std::min(into.size(), p->bytes.size());
  if (part != 0) std::memcpy(into.data(), p->bytes.data(), part);
  from = p->from;
  own_->drop_first();
  return {part, 0};
}

channel::result memory_datagrams::send(std::span<const std::byte> from,
                                       const socket_address& to) noexcept try {
  if (const int number = sys::injected_fault("net.send_to"); number != 0) return {0, number};
  if (from.size() > datagram_bytes_max) return {0, EMSGSIZE};
  route_(*own_, to, std::string(reinterpret_cast<const char*>(from.data()), from.size()));
  return {from.size(), 0};
} catch (...) {
  return {0, ENOMEM};
}

}  // namespace tutti::detail
