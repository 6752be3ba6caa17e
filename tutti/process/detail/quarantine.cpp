#include <tutti/process/detail/quarantine.hpp>

namespace tutti::detail {

bool quarantine::note(std::uint64_t key, os::ended how) noexcept try {
  if (after_ == 0) return false;
  if (records_.size() >= records_max && !records_.contains(key)) records_.clear();
  record& r = records_[key];
  ++r.deaths;
  r.last = how;
  return r.deaths >= after_;
} catch (const std::bad_alloc&) {
  return false;  // not counted
}

const quarantine::record* quarantine::find(std::uint64_t key) const noexcept {
  const auto at = records_.find(key);
  return at != records_.end() && at->second.deaths >= after_ ? &at->second : nullptr;
}

}  // namespace tutti::detail
