#include <tutti/testing/detail/wire_link.hpp>

#include <algorithm>
#include <cmath>

#include <tutti/base/clock.hpp>
#include <tutti/testing/detail/memory_datagrams.hpp>
#include <tutti/testing/detail/simulation.hpp>

namespace tutti::detail {
namespace {

constexpr duration sent_again_after = std::chrono::milliseconds(200);
constexpr unsigned losses_max = 16;  // in a row
constexpr duration overtaken_by_min = std::chrono::milliseconds(1);
constexpr std::size_t packet_bytes = 1460;
constexpr std::size_t window_min = 64 * 1024;

bool chance(double p) {
  if (p <= 0) return false;
  return network_dice().unit() < p;
}

double seconds(duration d) { return std::chrono::duration<double>(d).count(); }

/// How many times the jitter one packet takes longer. The tails are cut off, so that a run ends.
double lateness(testing::spread how) {
  const double u = network_dice().unit();  // below 1
  switch (how) {
    case testing::spread::even:
      return u;
    case testing::spread::exponential:
      return std::min(-std::log(1 - u), 20.0);
    case testing::spread::heavy_tail:  // Pareto's law with exponent 1.5, from 0 on
      return std::min(std::pow(1 - u, -2.0 / 3) - 1, 1000.0);
  }
  return 0;
}

}  // namespace

random& network_dice() {
  static thread_local random alone{1};
  simulation* const world = simulation::here();
  return world != nullptr ? world->network_dice() : alone;
}

duration wire_link::travel() {
  duration takes = how.delay;
  if (chance(how.reorder)) takes += std::max(how.delay, overtaken_by_min);
  if (how.jitter > duration::zero()) {
    const double late = lateness(how.jitter_spread) * static_cast<double>(how.jitter.count());
    takes += duration(static_cast<duration::rep>(late));
  }
  return takes;
}

duration wire_link::sending(std::size_t bytes) {
  if (how.bandwidth == 0) return duration::zero();
  const time_point now = clock::now();
  const double takes = static_cast<double>(bytes) / static_cast<double>(how.bandwidth);
  busy_until_ =
      saturating_add(std::max(busy_until_, now),
                     std::chrono::duration_cast<duration>(std::chrono::duration<double>(takes)));
  return busy_until_ - now;
}

time_point wire_link::arrival(std::size_t bytes) {
  if (is_held()) return time_point::max();
  duration takes = sending(bytes);
  for (unsigned n = 0; n < losses_max && chance(how.loss); ++n) takes += sent_again_after;
  return saturating_add(clock::now(), takes + travel());
}

/// Where packets fare alike they need not be told apart.
std::size_t wire_link::packet_max() const {
  const bool alike =
      how.bandwidth == 0 && how.loss <= 0 && how.reorder <= 0 && how.jitter <= duration::zero();
  return alike ? link_timing::packet_max() : packet_bytes;
}

/// As systems do, it grows with what the link itself holds: a long link is not slower than its
/// bandwidth.
std::size_t wire_link::window() const {
  if (how.buffer != 0) return how.buffer;
  const double holds = static_cast<double>(how.bandwidth) * seconds(2 * how.delay + how.jitter);
  return window_min + static_cast<std::size_t>(holds);
}

std::size_t wire_link::part_of(std::size_t bytes) {
  if (!how.short_transfers || bytes < 2) return bytes;
  return 1 + static_cast<std::size_t>(network_dice().below(bytes));
}

std::vector<time_point> wire_link::datagram(std::size_t bytes) {
  std::vector<time_point> out;
  if (is_held() || chance(how.loss)) return out;
  const time_point sent = saturating_add(clock::now(), sending(bytes));
  out.push_back(saturating_add(sent, travel()));
  if (chance(how.duplicate)) out.push_back(saturating_add(sent, travel()));
  return out;
}

void wire_link::cut() {
  if (!std::exchange(is_cut_, true)) hold_back();
}
void wire_link::clog() {
  ++clogs_;
  hold_back();
}
void wire_link::mend() {
  if (std::exchange(is_cut_, false)) look_again();
}
void wire_link::unclog() {
  --clogs_;
  look_again();
}

template <class Visit>
void wire_link::each_connection(Visit visit) {
  ++visits_;
  for (std::size_t i = 0; i < directions_.size(); ++i) {
    if (const auto alive = directions_[i].lock()) visit(*alive);
  }
  --visits_;
}

void wire_link::hold_back() {
  ++holds_;
  each_connection([](memory_direction& d) { d.hold_back(); });
  for (std::size_t i = 0; i < mailboxes_.size(); ++i) {
    if (const auto alive = mailboxes_[i].lock()) alive->lose_from(*this);
  }
}

void wire_link::look_again() {
  if (is_held()) return;
  busy_until_ = clock::now();
  each_connection([](memory_direction& d) { d.resend(); });
  opened_.signal(direction::read);
}

void wire_link::carry(const std::shared_ptr<memory_direction>& d) {
  if (directions_.size() >= directions_looked_at_ && visits_ == 0) {
    std::erase_if(directions_, [](const auto& old) { return old.expired(); });
    directions_looked_at_ = 2 * directions_.size() + 16;
  }
  directions_.push_back(d);
}

void wire_link::carry_to(const std::shared_ptr<mailbox>& m) {
  const bool is_known = std::any_of(mailboxes_.begin(), mailboxes_.end(),
                                    [&m](const auto& old) { return old.lock() == m; });
  if (is_known) return;
  if (visits_ == 0) std::erase_if(mailboxes_, [](const auto& old) { return old.expired(); });
  mailboxes_.push_back(m);
}

void wire_link::reset() {
  each_connection([](memory_direction& d) { d.break_off(); });
}

}  // namespace tutti::detail
