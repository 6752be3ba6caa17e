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

std::uint64_t uniform_chooser::weight(const decision& d, const strand& s) const noexcept {
  if (d.gives_way && &s == d.from) return 0;
  const std::uint32_t all = s.number < expected_.size() ? expected_[s.number] : 0;
  return all > s.steps ? all - s.steps : 1;
}

strand* uniform_chooser::choose(const decision& d) noexcept {
  std::uint64_t sum = 0;
  for (const strand* s : d.ready) sum += weight(d, *s);
  std::uint64_t at = dice_.below(sum);
  for (strand* s : d.ready) {
    const std::uint64_t w = weight(d, *s);
    if (at < w) return s;
    at -= w;
  }
  return d.ready.back();
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

strand* dfs_chooser::choose(const decision& d) noexcept {
  if (depth_ == length_) {
    if (path_.size() == length_) path_.emplace_back();
    branch& fresh = path_[length_++];
    fresh.at = 0;
    fresh.preemptions = preemptions_;
    fresh.options.assign(1, d.usual->number);
    for (const strand* s : d.ready) {
      const bool useless = s == d.usual || (d.gives_way && s == d.from);
      if (useless || (is_preemption(d, s) && preemptions_ >= bound_)) continue;
      fresh.options.push_back(s->number);
    }
  }
  const branch& b = path_[depth_++];
  strand* pick = d.usual;
  for (strand* s : d.ready) {
    if (s->number == b.options[b.at]) pick = s;
  }
  if (is_preemption(d, pick)) ++preemptions_;
  return pick;
}

bool dfs_chooser::next() {
  length_ = depth_;  // a run may be shorter than the one before
  depth_ = 0;
  preemptions_ = 0;
  while (length_ > 0) {
    branch& last = path_[length_ - 1];
    if (++last.at < last.options.size()) return true;
    --length_;
  }
  return false;
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
