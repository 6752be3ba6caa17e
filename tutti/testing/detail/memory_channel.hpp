/// \file
/// The ends of a connection in memory, at once or over a simulated link.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <tutti/async/detail/channel.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/timer.hpp>

namespace tutti::detail {

class memory_channel;

/// When something that is sent now will arrive. `time_point::max()`: not before the link is healed.
class link_timing {
 public:
  virtual ~link_timing() = default;
  virtual time_point arrival() = 0;
  /// How long the link is busy with so many bytes.
  virtual duration sending(std::size_t) { return duration::zero(); }
  /// How many of them a read or write moves, at least one of one.
  virtual std::size_t part_of(std::size_t bytes) { return bytes; }
};

/// One direction of a connection. Part of memory_channel.
struct memory_direction {
  struct chunk {
    time_point at;
    std::string bytes;  ///< empty: the end of the stream
    std::size_t taken = 0;
  };
  std::deque<chunk> chunks;
  std::size_t held = 0;  ///< bytes in them
  std::size_t held_max = 0;
  bool ended = false;                ///< the end was sent
  bool broken = false;               ///< reset: both ends get ECONNRESET
  time_point busy_until{};           ///< the link is sending until then
  memory_channel* reader = nullptr;  ///< null: closed
  memory_channel* writer = nullptr;
  std::shared_ptr<link_timing> link;  ///< null: arrives at once

  void send(std::string bytes);
  /// The link was healed: what it held back is under way now.
  void resend();
  void break_off() noexcept;
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
  /// Something was put into the incoming direction.
  void arrived() noexcept;
  /// The connection was reset: whoever waits looks again.
  void broke() noexcept;

 private:
  /// The other side will see the end.
  int end() noexcept;
  /// Fires when the first chunk that is still under way arrives.
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
