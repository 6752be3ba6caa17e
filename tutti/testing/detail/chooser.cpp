#include <tutti/testing/detail/chooser.hpp>

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

namespace tutti::detail {
namespace {
bool earlier(const departure& a, const departure& b) noexcept {
  return std::tie(a.from, a.step, a.what) < std::tie(b.from, b.step, b.what);
}

/// The newest as often as all older ones together.
std::uint32_t any_value(random& dice, std::uint32_t count) noexcept {
  if (dice.below(2) == 0) return 0;
  return static_cast<std::uint32_t>(dice.below(count));
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

std::uint32_t random_chooser::choose_value(const strand&, std::uint32_t count) noexcept {
  return any_value(dice_, count);
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

std::uint32_t uniform_chooser::choose_value(const strand&, std::uint32_t count) noexcept {
  return any_value(dice_, count);
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

std::uint32_t pct_chooser::choose_value(const strand&, std::uint32_t count) noexcept {
  return any_value(dice_, count);
}

dfs_chooser::branch& dfs_chooser::next_branch(std::uint64_t sight, bool& is_new) {
  is_new = depth_ == length_;
  if (is_new) {
    if (path_.size() == length_) path_.emplace_back();
    ++length_;
    path_[depth_].at = 0;
    path_[depth_].options.clear();
    path_[depth_].sight = sight;
  }
  if (path_[depth_].sight != sight) strayed_ = true;
  return path_[depth_++];
}

strand* dfs_chooser::choose(const decision& d) noexcept {
  constexpr std::uint64_t prime = 0x100000001b3U;  // FNV-1a
  std::uint64_t sight = (std::uint64_t{d.from->steps} << 32U) ^ d.from->number;
  sight = (sight * prime) ^ static_cast<std::uint64_t>(d.from->what);
  for (const strand* s : d.ready) sight = (sight * prime) ^ s->number;
  bool is_new = false;
  branch& b = next_branch(sight, is_new);
  began_ = depth_ - 1;
  if (is_new) {
    if (!sleeps(*d.usual)) b.options.push_back({d.usual->number});
    for (const strand* s : d.ready) {
      const bool useless = s == d.usual || (d.gives_way && s == d.from);
      if (told_ || useless || (is_preemption(d, s) && preemptions_ >= bound_)) continue;
      if (!sleeps(*s)) b.options.push_back({s->number});
    }
    if (b.options.empty()) b.options.push_back({d.usual->number});
  }
  strand* pick = d.usual;
  for (strand* s : d.ready) {
    if (s->number == b.options[b.at].pick) pick = s;
  }
  if (is_preemption(d, pick)) ++preemptions_;
  if (sleeps(*pick)) told_ = true;
  if (sleep_sets_ && !told_) put_to_sleep(d, b, pick);
  return pick;
}

/// Those whose next step was tried here before; see the class for which of them may.
void dfs_chooser::put_to_sleep(const decision& d, const branch& b, const strand* pick) {
  if (d.can_go_on && !d.gives_way && d.usual != d.from) return;  // its turn was too long: no rule
  const bool at_a_price = d.can_go_on && !d.gives_way;
  for (std::size_t i = 0; i < b.at; ++i) {
    const option& o = b.options[i];
    if (!o.keeps_to_object) continue;
    const bool goes_on = at_a_price && o.pick == d.from->number;
    const bool waits = o.waits && !(at_a_price && pick == d.from);
    if (!goes_on && !waits && bound_ != unbounded) continue;
    const auto who = std::find_if(d.ready.begin(), d.ready.end(),
                                  [&o](const strand* s) { return s->number == o.pick; });
    asleep_.push_back({*who, o.concerns});
    slept_ = true;
  }
}

bool dfs_chooser::sleeps(const strand& s) const noexcept {
  return std::any_of(asleep_.begin(), asleep_.end(),
                     [&s](const sleeping_step& other) { return other.who == &s; });
}

void dfs_chooser::stepped(const strand& s, bool goes_on) noexcept {
  if (const std::size_t at = std::exchange(began_, none); at != none) {
    option& o = path_[at].options[path_[at].at];
    o.keeps_to_object = o.keeps_to_object && s.touches != nullptr;
    o.waits = o.waits && !goes_on;
    o.concerns |= s.concerns;
  }
  if (asleep_.empty()) return;
  if (sleeps(s)) told_ = true;
  std::erase_if(asleep_, [&s](const sleeping_step& other) {
    if (s.touches == nullptr || other.who == &s) return true;
    const auto is_in = [](std::uint64_t set, const strand& who) {
      return who.number < strands_told_apart && (set >> who.number & 1U) != 0;
    };
    const bool both_look = s.what == sys::operation::look && other.who->what == s.what;
    return (other.who->touches == s.touches && !both_look) || (other.concerns & s.concerns) != 0 ||
           is_in(s.concerns, *other.who) || is_in(other.concerns, s);
  });
}

std::uint32_t dfs_chooser::choose_value(const strand& from, std::uint32_t count) noexcept {
  bool is_new = false;
  branch& b = next_branch((std::uint64_t{from.steps} << 32U) ^ count, is_new);
  if (is_new) {
    const bool all = preemptions_ < bound_ && !told_ && !sleeps(from);
    for (std::uint32_t v = 0; v < (all ? count : 1); ++v) b.options.push_back({v});
  }
  const std::uint32_t pick = b.options[b.at].pick;
  if (pick != 0) ++preemptions_;
  return pick;
}

bool dfs_chooser::next() {
  if (depth_ < length_) strayed_ = true;  // it never came to where it was to differ
  length_ = depth_;
  depth_ = 0;
  preemptions_ = 0;
  asleep_.clear();
  told_ = false;
  began_ = none;
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

const departure* replay_chooser::find(const strand& from, departure::kind what) const noexcept {
  const departure key{from.number, from.steps, 0, what};
  const auto at = std::lower_bound(choices_.begin(), choices_.end(), key, earlier);
  return at != choices_.end() && !earlier(key, *at) ? &*at : nullptr;
}

strand* replay_chooser::choose(const decision& d) noexcept {
  const departure* const found = find(*d.from, departure::kind::switches);
  if (found == nullptr) return d.usual;
  for (strand* s : d.ready) {
    if (s->number == found->to) return s;
  }
  return d.usual;
}

std::uint32_t replay_chooser::choose_value(const strand& from, std::uint32_t count) noexcept {
  const departure* const found = find(from, departure::kind::reads_old);
  return found != nullptr && found->to < count ? found->to : 0;
}

}  // namespace tutti::detail
