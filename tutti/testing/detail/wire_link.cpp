#include <tutti/testing/detail/wire_link.hpp>

#include <tutti/base/clock.hpp>
#include <tutti/testing/detail/simulation.hpp>

namespace tutti::detail {
namespace {

constexpr duration sent_again_after = std::chrono::milliseconds(200);
constexpr unsigned losses_max = 16;  // in a row

bool chance(double p) {
  if (p <= 0) return false;
  return network_dice().unit() < p;
}

}  // namespace

random& network_dice() {
  static thread_local random alone{1};
  simulation* const world = simulation::here();
  return world != nullptr ? world->network_dice() : alone;
}

duration wire_link::travel() {
  duration takes = how.delay;
  if (chance(how.reorder)) takes += how.delay;
  if (how.jitter > duration::zero()) {
    takes += duration(static_cast<duration::rep>(
        network_dice().below(static_cast<std::uint64_t>(how.jitter.count()) + 1)));
  }
  return takes;
}

time_point wire_link::arrival() {
  if (is_held()) return time_point::max();
  duration takes{};
  for (unsigned n = 0; n < losses_max && chance(how.loss); ++n) takes += sent_again_after;
  return saturating_add(clock::now(), takes + travel());
}

duration wire_link::sending(std::size_t bytes) {
  if (how.bandwidth == 0) return duration::zero();
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>(
      static_cast<double>(bytes) / static_cast<double>(how.bandwidth)));
}

std::size_t wire_link::part_of(std::size_t bytes) {
  if (!how.short_transfers || bytes < 2) return bytes;
  return 1 + static_cast<std::size_t>(network_dice().below(bytes));
}

std::vector<time_point> wire_link::datagram() {
  std::vector<time_point> out;
  if (is_held() || chance(how.loss)) return out;
  out.push_back(saturating_add(clock::now(), travel()));
  if (chance(how.duplicate)) out.push_back(saturating_add(clock::now(), travel()));
  return out;
}

void wire_link::look_again() {
  if (is_held()) return;
  for (const std::weak_ptr<memory_direction>& d : directions) {
    if (const auto alive = d.lock()) alive->resend();
  }
}

}  // namespace tutti::detail
