#include <tutti/testing/detail/chooser.hpp>

#include <algorithm>
#include <functional>
#include <tuple>

namespace tutti::detail {
namespace {
bool earlier(const departure& a, const departure& b) noexcept {
  return std::tie(a.from, a.step) < std::tie(b.from, b.step);
}
}  // namespace

strand* round_robin_chooser::choose(const decision& d) noexcept {
  for (strand* s : d.ready) {
    if (s->number > d.from->number) return s;
  }
  return d.ready.front();
}

strand* random_chooser::choose(const decision& d) noexcept {
  if (!d.gives_way || !d.can_go_on) return d.ready[dice_.below(d.ready.size())];
  strand* const pick = d.ready[dice_.below(d.ready.size() - 1)];
  return pick == d.from ? d.ready.back() : pick;
}

pct_chooser::pct_chooser(random dice, unsigned depth, std::uint64_t steps_expected) : dice_(dice) {
  for (unsigned i = 1; i < depth; ++i) changes_.push_back(dice_.below(steps_expected));
  std::sort(changes_.begin(), changes_.end(), std::greater<>());
}

strand* pct_chooser::choose(const decision& d) noexcept {
  const std::uint64_t now = taken_++;
  if (d.gives_way) d.from->priority = low_--;
  if (!changes_.empty() && changes_.back() <= now) {
    changes_.pop_back();
    d.from->priority = low_--;
  }
  return *std::max_element(d.ready.begin(), d.ready.end(), [](const strand* a, const strand* b) {
    return a->priority < b->priority;
  });
}

replay_chooser::replay_chooser(const schedule& choices) : choices_(choices) {
  std::sort(choices_.begin(), choices_.end(), earlier);
}

strand* replay_chooser::choose(const decision& d) noexcept {
  const departure key{d.from->number, d.from->steps, 0};
  const auto at = std::lower_bound(choices_.begin(), choices_.end(), key, earlier);
  if (at != choices_.end() && at->from == key.from && at->step == key.step) {
    for (strand* s : d.ready) {
      if (s->number == at->to) return s;
    }
  }
  return d.usual;
}

}  // namespace tutti::detail
