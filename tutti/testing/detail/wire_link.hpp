/// \file
/// What two hosts of a simulated network have between them.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <tutti/base/random.hpp>
#include <tutti/testing/detail/memory_channel.hpp>
#include <tutti/testing/network.hpp>

namespace tutti::detail {

/// The network's own dice in a simulation, so that its weather belongs to the seed.
random& network_dice();

/// Part of simulated_network.
class wire_link final : public link_timing {
 public:
  time_point arrival() override;
  duration sending(std::size_t bytes) override;
  std::size_t part_of(std::size_t bytes) override;

  /// What becomes of one datagram: it may arrive never, once or twice.
  std::vector<time_point> datagram();

  bool is_held() const noexcept { return is_cut || clogs != 0; }
  /// What was held back is sent again, if nothing holds it any more.
  void look_again();

  testing::link_options how;
  bool is_cut = false;
  unsigned clogs = 0;
  std::vector<std::weak_ptr<memory_direction>> directions;

 private:
  duration travel();
};

}  // namespace tutti::detail
