/// \file
/// Who holds how many of something.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tutti::detail {

/// A short list of owners, guarded by the primitive it is in. It never allocates by itself: the
/// primitive makes a bigger one outside of its lock and swaps it in. Searched from the back, since
/// who came last often leaves first; meant for tens of owners, bearable for thousands.
class owner_table {
 public:
  struct entry {
    std::uint64_t owner;
    std::size_t count;
  };
  owner_table() noexcept = default;

  bool empty() const noexcept { return all_.empty(); }
  std::size_t size() const noexcept { return all_.size(); }
  bool holds(std::uint64_t owner) const noexcept {
    for (std::size_t i = all_.size(); i-- > 0;) {
      if (all_[i].owner == owner) return true;
    }
    return false;
  }
  /// Room for `n` more owners?
  bool has_room(std::size_t n) const noexcept { return all_.capacity() - all_.size() >= n; }
  /// An empty table with room for what is here and `n` more, and some. Outside of the lock.
  void reserve(std::size_t n) { all_.reserve(n); }
  std::size_t wanted(std::size_t n) const noexcept { return 2 * (all_.size() + n); }
  /// Moves everything into `bigger` (if it still is) and takes its place.
  void grow_into(owner_table& bigger) noexcept {
    if (bigger.all_.capacity() < all_.size()) return;
    bigger.all_.assign(all_.begin(), all_.end());
    all_.swap(bigger.all_);
  }
  /// There is room.
  void add(std::uint64_t owner) noexcept {
    for (entry& e : all_) {
      if (e.owner == owner) {
        ++e.count;
        return;
      }
    }
    all_.push_back({owner, 1});
  }
  /// One less. False: that owner holds nothing.
  bool remove(std::uint64_t owner) noexcept {
    for (std::size_t i = all_.size(); i-- > 0;) {
      if (all_[i].owner != owner) continue;
      if (--all_[i].count == 0) all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    }
    return false;
  }

 private:
  std::vector<entry> all_;
};

}  // namespace tutti::detail
