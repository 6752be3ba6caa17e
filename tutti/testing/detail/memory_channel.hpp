/// \file
/// The ends of a connection in memory, at once or over a simulated link.
#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <tutti/async/detail/channel.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/timer.hpp>

namespace tutti::detail {

class memory_channel;

/// One way from one host to another, as a connection sees it.
class link_timing {
 public:
  virtual ~link_timing() = default;
  /// When so many bytes that are sent now will be there. `time_point::max()`: not before the link
  /// is healed.
  virtual time_point arrival(std::size_t bytes) = 0;
  /// How many bytes travel together.
  virtual std::size_t packet_max() const { return std::numeric_limits<std::size_t>::max(); }
  /// How many may be under way or unread, after which writing waits.
  virtual std::size_t window() const = 0;
  /// How many of them a read or write moves, at least one of one.
  virtual std::size_t part_of(std::size_t bytes) { return bytes; }
};

/// One direction of a connection. Part of memory_channel.
struct memory_direction {
  struct chunk {
    time_point at;
    std::string bytes;
    std::size_t taken = 0;
  };
  std::deque<chunk> chunks;  ///< in the order of their arrival
  std::size_t held = 0;      ///< bytes under way or unread
  std::size_t held_max = 0;  ///< where there is no link
  bool ended = false;        ///< the writer sends no more
  bool left = false;         ///< the writer has closed its end and does not read, either
  bool broken = false;       ///< reset: both ends get ECONNRESET
  time_point end_at{};       ///< when the reader hears of these two
  time_point left_at{};
  memory_channel* reader = nullptr;  ///< null: closed
  memory_channel* writer = nullptr;
  std::shared_ptr<link_timing> link;  ///< null: arrives at once

  std::size_t room() const;
  /// Gives how many bytes could be sent. Throws only if that is none.
  std::size_t send(std::span<const std::byte> bytes);
  void send_end() noexcept;
  void send_left() noexcept;
  /// The link lets nothing through now: what is under way waits.
  void hold_back() noexcept;
  /// The link was healed: what it held back is under way again.
  void resend() noexcept;
  void break_off() noexcept;
  time_point next_arrival(std::size_t bytes) const;
  void tell_reader() const noexcept;
};

/// One end. The two directions are shared with the other end.
class memory_channel final : public channel {
 public:
  memory_channel(std::shared_ptr<memory_direction> in, std::shared_ptr<memory_direction> out,
                 net::endpoint local, net::endpoint peer);
  ~memory_channel() override { close(); }

  result read(std::span<std::byte> into) noexcept override;
  result write(std::span<const std::byte> from) noexcept override;
  int shutdown_write() noexcept override;
  void close() noexcept override;
  readiness& ready() noexcept override { return ready_; }
  net::endpoint local() const override { return local_; }
  net::endpoint peer() const override { return peer_; }
  const std::shared_ptr<memory_direction>& outgoing() const noexcept { return out_; }
  /// The incoming direction has changed.
  void look() noexcept { ready_.look(); }
  /// The connection was reset: whoever waits looks again.
  void broke() noexcept;
  /// Nobody will have this end: the other one gets ECONNRESET.
  void abandon() noexcept;

 private:
  /// Fires when what comes next arrives.
  struct arrival final : readiness, timer {
    explicit arrival(memory_channel& of) noexcept;
    void prepare_wait(scheduler& on) override;
    void look() noexcept;
    void forget() noexcept;
    memory_channel& owner;
    scheduler* where = nullptr;
  };

  std::shared_ptr<memory_direction> in_;
  std::shared_ptr<memory_direction> out_;
  net::endpoint local_;
  net::endpoint peer_;
  arrival ready_;
};

/// Two connected ends. `there` and `back` say how long the directions take (null: no time).
std::pair<std::unique_ptr<channel>, std::unique_ptr<channel>> make_memory_channels(
    std::size_t buffer, std::shared_ptr<link_timing> there = nullptr,
    std::shared_ptr<link_timing> back = nullptr, const net::endpoint& from = {},
    const net::endpoint& to = {});

}  // namespace tutti::detail
