// A long job in a hundred pieces, given up half way: what came back are exactly the first fifty
// pieces, and no other has been finished behind our back.
// rows: 000-29
#include <tutti/tutti.hpp>

#include <chrono>
#include <ranges>
#include <vector>

#include <unistd.h>

#include "acceptance.hpp"

struct job {
  int piece;
  tutti::shared_array<int> finished;
};
int work(job j) {
  usleep(2000);
  j.finished.span()[static_cast<std::size_t>(j.piece)] = 1;
  return j.piece * j.piece;
}

int main() {
  constexpr int pieces = 100;
  tutti::shared_array<int> finished{pieces};
  std::vector<job> jobs;
  for (int i = 0; i < pieces; ++i) jobs.push_back({i, finished});
  tutti::process_pool pool{{.workers = 2}};
  std::vector<int> partial;
  {
    auto results = pool.imap(work, jobs);
    while (partial.size() < pieces / 2) {
      partial.push_back(*results.next());
      std::printf("\r%zu %%", partial.size() * 100 / pieces);
    }
    std::printf("\n");
  }  // giving the stream up ends what runs and takes back what waits
  for (int i = 0; i < pieces / 2; ++i) {
    require(partial[static_cast<std::size_t>(i)] == i * i, "results come in order");
    require(finished.span()[static_cast<std::size_t>(i)] == 1, "what came back was finished");
  }
  const auto count = [&] {
    int n = 0;
    for (const int f : finished.span()) n += f;
    return n;
  };
  const int at_the_end = count();
  require(pool.submit([] { return 1; }).get() == 1, "the pool works");
  usleep(50'000);
  require(count() == at_the_end, "nothing goes on afterwards");
  require(at_the_end < pieces, "the rest was not done");
}
