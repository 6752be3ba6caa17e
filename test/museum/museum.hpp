// What every exhibit of the museum consists of: a textbook bug, and the same program without it.
#pragma once

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <string_view>
#include <vector>

namespace museum {

namespace lab = tutti::testing;

struct exhibit {
  const char* name;
  const char* verdict;  // what the failure's text must say
  void (*bug)();
  void (*sound)();
  bool weak_memory = false;
};

/// Collected before main; one file a hall.
std::vector<exhibit>& exhibits();
struct hall {
  explicit hall(std::initializer_list<exhibit> all) {
    exhibits().insert(exhibits().end(), all.begin(), all.end());
  }
};

/// Two threads, to their end.
template <class A, class B>
void both(A&& a, B&& b) {
  tutti::thread first{"a", a};
  tutti::thread second{"b", b};
  first.join();
  second.join();
}

}  // namespace museum
