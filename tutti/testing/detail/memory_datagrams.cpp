#include <tutti/testing/detail/memory_datagrams.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <tutti/async/detail/call_fault.hpp>
#include <tutti/base/clock.hpp>
#include <tutti/core/scheduler.hpp>
#include <tutti/core/task_cell.hpp>

namespace tutti::detail {
namespace {
constexpr std::size_t datagram_bytes_max = 65'507;
}

mailbox::mailbox(net::endpoint at) noexcept
    : timer([](timer& t) noexcept { static_cast<mailbox&>(t).look(); }), at_(std::move(at)) {
  signal(direction::write);
}

void mailbox::deliver(time_point arrival, packet p) {
  if (!open_ || packets_.size() >= held_max) return;
  packets_.emplace(arrival, std::move(p));
  look();
}

void mailbox::lose_from(const wire_link& l) noexcept {
  const time_point now = clock::now();
  std::erase_if(packets_, [&](const auto& p) { return p.first > now && p.second.over == &l; });
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

/// As for the bytes of a stream: only the receiver's own loop touches its timer.
void mailbox::look() noexcept {
  const time_point first = packets_.empty() ? time_point::max() : packets_.begin()->first;
  if (first <= clock::now()) return signal(direction::read);
  if (where_ != nullptr && where_ == running_scheduler()) {
    if (is_linked() && when != first) where_->disarm(*this);
    if (!is_linked() && first != time_point::max()) {
      when = first;
      where_->arm(*this);
    }
  } else if (first != time_point::max() && (!is_linked() || when > first)) {
    wake_waiters();
  }
}

void mailbox::close() noexcept {
  if (!open_) return;
  open_ = false;
  if (is_linked()) where_->disarm(*this);
  packets_.clear();
  signal_ends();
}

socket_address address_book::address_of(const net::endpoint& e) {
  auto at = std::find(all_.begin(), all_.end(), e);
  if (at == all_.end()) at = all_.insert(at, e);
  const auto number = static_cast<std::size_t>(at - all_.begin());
  socket_address out;
  std::memcpy(out.bytes.data(), &number, sizeof number);
  out.size = sizeof number;
  return out;
}

net::endpoint address_book::endpoint_of(const socket_address& a) const {
  std::size_t number = 0;
  std::memcpy(&number, a.bytes.data(), sizeof number);
  return all_.at(number);
}

channel::result memory_datagrams::receive(std::span<std::byte> into,
                                          socket_address& from) noexcept {
  if (const int number = call_fault("net.receive_from"); number != 0) return {0, number};
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
  if (const int number = call_fault("net.send_to"); number != 0) return {0, number};
  if (from.size() > datagram_bytes_max) return {0, EMSGSIZE};
  const int number =
      route_(*own_, to, std::string(reinterpret_cast<const char*>(from.data()), from.size()));
  if (number != 0) return {0, number};
  return {from.size(), 0};
} catch (...) {
  return {0, ENOMEM};
}

}  // namespace tutti::detail
