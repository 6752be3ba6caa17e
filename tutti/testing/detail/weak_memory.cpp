#include <tutti/testing/detail/weak_memory.hpp>

#include <algorithm>

#include <tutti/testing/detail/allocations.hpp>
#include <tutti/testing/detail/simulation.hpp>

namespace tutti::detail {
namespace {

bool acquires(std::memory_order o) noexcept {
  return o != std::memory_order_relaxed && o != std::memory_order_release;
}
bool releases(std::memory_order o) noexcept {
  return o == std::memory_order_release || o == std::memory_order_acq_rel ||
         o == std::memory_order_seq_cst;
}
bool is_consistent(std::memory_order o) noexcept { return o == std::memory_order_seq_cst; }

}  // namespace

void weak_memory::view::raise(std::uint32_t n, stamp to) {
  if (n >= known_.size()) known_.resize(n + 1, 0);
  known_[n] = std::max(known_[n], to);
}

void weak_memory::view::join(const view& other) {
  if (known_.size() < other.known_.size()) known_.resize(other.known_.size(), 0);
  for (std::size_t i = 0; i < other.known_.size(); ++i) {
    known_[i] = std::max(known_[i], other.known_[i]);
  }
}

void weak_memory::begin_run() {
  variables_.clear();
  numbers_ = 0;
  strands_.clear();
  consistent_.clear();
}

void weak_memory::strand_started(std::uint32_t parent, std::uint32_t child) {
  strands_.resize(std::max<std::size_t>(strands_.size(), child + 1));
  if (parent != child) strands_[child].now = strands_[parent].now;
}

void weak_memory::strand_joined(std::uint32_t parent, std::uint32_t child) {
  strands_[parent].now.join(strands_[child].now);
}

void weak_memory::strand_told(std::uint32_t who, std::uint32_t whom) {
  strands_[whom].now.join(strands_[who].now);
}

weak_memory::knowledge& weak_memory::mine() noexcept {
  const std::uint32_t n = simulation_.strand_now();
  if (n >= strands_.size()) strands_.resize(n + 1);
  return strands_[n];
}

/// A variable is met at its first access; if it was changed behind our back (by somebody outside
/// of the simulation) all strands may see that.
weak_memory::variable& weak_memory::find(const void* at, std::uint64_t newest) {
  const auto [found, is_new] = variables_.try_emplace(at);
  variable& v = found->second;
  if (is_new) {
    v.number = numbers_++;
    v.kept.emplace_back();
    v.last().value = newest;
  } else if (v.last().value != newest) {
    v.kept.emplace_back();
    v.last().value = newest;
    ++v.newest;
    if (v.kept.size() > kept_max) v.kept.pop_front();
  }
  return v;
}

void weak_memory::made(const void* at) noexcept { variables_.erase(at); }

void weak_memory::take(const message& m, std::memory_order order) {
  knowledge& self = mine();
  self.acquired.join(m.released);
  if (acquires(order)) self.now.join(m.released);
}

std::uint64_t weak_memory::load(const void* at, std::uint64_t newest,
                                std::memory_order order) noexcept {
  const unfailing note;
  variable& v = find(at, newest);
  stamp floor = std::max(v.oldest(), mine().now.at(v.number));
  if (is_consistent(order)) floor = std::max(floor, consistent_.at(v.number));
  const std::uint32_t back = simulation_.choose_value(v.newest - floor + 1);
  const message& m = v.kept[v.kept.size() - 1 - back];
  mine().now.raise(v.number, v.newest - back);
  take(m, order);
  if (is_consistent(order)) consistent_.raise(v.number, v.newest - back);
  return m.value;
}

void weak_memory::look(const void* at, std::uint64_t newest, std::memory_order order) noexcept {
  const unfailing note;
  variable& v = find(at, newest);
  mine().now.raise(v.number, v.newest);
  take(v.last(), order);
  if (is_consistent(order)) consistent_.raise(v.number, v.newest);
}

/// A read-modify-write carries on what the store before it released.
void weak_memory::append(variable& v, std::uint64_t value, std::memory_order order,
                         bool reads_too) {
  knowledge& self = mine();
  message next;
  next.value = value;
  if (reads_too) {
    take(v.last(), order);
    next.released = v.last().released;
  }
  ++v.newest;
  self.now.raise(v.number, v.newest);
  next.released.join(releases(order) ? self.now : self.released);
  v.kept.push_back(std::move(next));
  if (v.kept.size() > kept_max) v.kept.pop_front();
  if (is_consistent(order)) consistent_.raise(v.number, v.newest);
}

void weak_memory::store(const void* at, std::uint64_t before, std::uint64_t value,
                        std::memory_order order) noexcept {
  const unfailing note;
  append(find(at, before), value, order, false);
}

void weak_memory::exchange(const void* at, std::uint64_t before, std::uint64_t value,
                           std::memory_order order) noexcept {
  const unfailing note;
  append(find(at, before), value, order, true);
}

bool weak_memory::fails_for_nothing() noexcept { return simulation_.choose_value(2) != 0; }

void weak_memory::fence() noexcept {
  const unfailing note;
  simulation_.reach_further();
  knowledge& self = mine();
  self.now.join(self.acquired);
  self.now.join(consistent_);
  consistent_ = self.now;
  self.released = self.now;
}

}  // namespace tutti::detail
