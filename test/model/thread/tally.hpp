// How often each entry of a deque was taken.
#pragma once

#include <array>
#include <cstddef>

#include <tutti/testing/explore.hpp>
#include <tutti/thread/detail/steal_deque.hpp>

namespace tutti::model {

/// Entry n counts at n; 0 is no entry.
class tally {
 public:
  void add(detail::steal_deque::entry e) {
    if (e != 0) ++taken_.at(e);
  }
  void check_each_once(std::size_t entries) const {
    for (std::size_t e = 1; e <= entries; ++e) {
      testing::check(taken_.at(e) == 1, "taken exactly once");
    }
  }

 private:
  std::array<int, 8> taken_{};
};

}  // namespace tutti::model
