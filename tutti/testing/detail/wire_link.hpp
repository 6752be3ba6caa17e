/// \file
/// What goes from one host of a simulated network to another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <tutti/async/detail/slots.hpp>
#include <tutti/base/random.hpp>
#include <tutti/testing/detail/memory_channel.hpp>
#include <tutti/testing/network.hpp>

namespace tutti::detail {

class mailbox;

/// The network's own dice in a simulation, so that its weather belongs to the seed.
random& network_dice();

/// One way; the way back is another one. All that goes this way shares its bandwidth.
///
/// Threads:  the simulation's one.
/// Lifetime: shared by the network and the connections over it.
/// Wakes:    those who wait to connect, when it lets something through again.
/// Order:    none by itself: what it carries keeps its own.
/// Cancel:   not by itself.
class wire_link final : public link_timing {
 public:
  time_point arrival(std::size_t bytes) override;
  std::size_t packet_max() const override;
  std::size_t window() const override;
  std::size_t part_of(std::size_t bytes) override;

  /// What becomes of one datagram: it may arrive never, once or twice.
  std::vector<time_point> datagram(std::size_t bytes);

  bool is_held() const noexcept { return is_cut_ || clogs_ != 0; }
  /// How often it has begun to hold back: what was under way at such a moment has not arrived.
  std::uint64_t holds() const noexcept { return holds_; }
  void cut();
  void mend();
  void clog();
  void unclog();

  /// `d` goes this way from now on.
  void carry(const std::shared_ptr<memory_direction>& d);
  void carry_to(const std::shared_ptr<mailbox>& m);
  /// Breaks every connection over it.
  void reset();
  /// Signalled when it lets something through again.
  local_event& opened() noexcept { return opened_; }

  testing::link_options how;

 private:
  duration travel();
  /// Takes the line for so many bytes after those before them; how long until they are sent.
  duration sending(std::size_t bytes);
  void hold_back();
  void look_again();
  template <class Visit>
  void each_connection(Visit visit);

  std::vector<std::weak_ptr<memory_direction>> directions_;
  std::vector<std::weak_ptr<mailbox>> mailboxes_;
  std::size_t directions_looked_at_ = 0;
  local_event opened_;
  time_point busy_until_{};
  std::uint64_t holds_ = 0;
  unsigned clogs_ = 0;
  unsigned visits_ = 0;  // who is visited may let another strand open a connection
  bool is_cut_ = false;
};

}  // namespace tutti::detail
