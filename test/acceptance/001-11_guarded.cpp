// What two threads modify lies in a guarded<T>: there is no way to the value that does not take its
// lock, and the compiler says so.
// rows: 001-11
// also under: asan tsan
#include <tutti/tutti.hpp>

#include <vector>

#include "acceptance.hpp"

struct account {
  long balance = 0;
};

template <class G>
concept reachable = requires(G& g) {
  g.balance;
}
|| requires(G& g) { *g; }
|| requires(G& g) { g->balance; }
|| requires(G& g) { g.get(); }
|| requires(G& g) { g.value(); }
|| requires(G& g) { static_cast<account&>(g); };
static_assert(reachable<account>);
static_assert(!reachable<tutti::guarded<account>>, "no access without the lock compiles");
static_assert(!std::is_copy_constructible_v<tutti::guarded<account>>);

/// What `with` gives back is a value, never a way around the lock.
using handed_out = decltype(std::declval<tutti::guarded<account>&>().with(
    [](account& a) -> account& { return a; }));
static_assert(!std::is_reference_v<handed_out>);

int main() {
  tutti::guarded<account> shared;
  {
    std::vector<tutti::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 10'000; ++i) shared.with([](account& a) { ++a.balance; });
      });
    }
  }
  require(shared.with([](const account& a) { return a.balance; }) == 40'000, "nothing was lost");
}
