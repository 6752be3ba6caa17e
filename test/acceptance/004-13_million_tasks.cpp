// A million trivial tasks: read a bounded number ahead they need no memory to speak of; in chunks
// they cost a fraction of what they cost one by one.
// rows: 004-13 004-30
// timed: bounds a duration or a ratio of durations
#include <tutti/tutti.hpp>

#include <fstream>
#include <ranges>
#include <string>
#include <vector>

#include "acceptance.hpp"

long resident_kib() {
  std::ifstream in("/proc/self/status");
  for (std::string word; in >> word;)
    if (word == "VmHWM:") {
      long kib = 0;
      in >> kib;
      return kib;
    }
  return 0;
}
int trivial(int x) { return x + 1; }

int main() {
  constexpr int tasks = 1'000'000;
  tutti::process_pool pool{{.workers = 2}};
  pool.submit(trivial, 0).get();
  const long before = resident_kib();
  const stopwatch streamed;
  long sum = 0;
  for (const int x : pool.imap(trivial, std::views::iota(0, tasks), {.chunk = 100})) sum += x;
  const double stream_ms = streamed.ms();
  const long grown = resident_kib() - before;
  require(sum == long{tasks} * (tasks + 1) / 2, "every task was done once");
  std::printf("a stream of a million: %.0f ns each, %ld KiB more memory\n",
              stream_ms * 1e6 / tasks, grown);
  require(grown < 16 * 1024, "memory is bounded");

  const std::vector<int> inputs(tasks, 1);
  const stopwatch in_chunks;
  require(pool.map(trivial, inputs).get().size() == inputs.size(), "all there");
  const double chunk_ms = in_chunks.ms();
  const stopwatch one_by_one;
  require(pool.map(trivial, inputs, {.chunk = 1}).get().size() == inputs.size(), "all there");
  const double single_ms = one_by_one.ms();
  std::printf("a map of a million: %.1f ns each in chunks, %.0f ns each one by one\n",
              chunk_ms * 1e6 / tasks, single_ms * 1e6 / tasks);
  require(single_ms >= 10 * chunk_ms, "chunks are at least ten times as fast");
}
