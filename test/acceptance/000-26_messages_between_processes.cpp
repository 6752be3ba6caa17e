// Messages between processes: ten thousand in order and back, one of 16 MiB intact; one counter
// moved by six ways; a large payload through shared memory against the same through a pipe.
// rows: 000-26 002-12 004-29
// timed: bounds a duration or a ratio of durations
#include <tutti/tutti.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "acceptance.hpp"

void echo(tutti::connection c, int messages) {
  for (int i = 0; i < messages; ++i) c.send(c.receive<int>());
  c.send(c.receive<std::vector<unsigned char>>());
}

void check_messages() {
  constexpr int messages = 10'000;
  auto [ours, theirs] = tutti::pipe();
  tutti::process child{"echo", echo, std::move(theirs), messages};
  std::vector<double> latencies;
  for (int i = 0; i < messages; ++i) {
    const stopwatch watch;
    ours.send(i);
    require(ours.receive<int>() == i, "messages keep their order");
    latencies.push_back(watch.ms() * 1000);
  }
  std::nth_element(latencies.begin(), latencies.begin() + messages / 2, latencies.end());
  std::printf("there and back: %.1f us in the median\n", latencies[messages / 2]);
  std::vector<unsigned char> large(std::size_t{16} << 20);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<unsigned char>(i * 31);
  ours.send(large);
  require(ours.receive<std::vector<unsigned char>>() == large, "16 MiB arrive as they were");
  require(child.join().ok(), "the child ended well");
}

constexpr int steps = 1000;
void by_queue(tutti::process_queue<int> q) {
  for (int i = 0; i < steps; ++i) q.put(1);
  q.close();
}
void by_pipe(tutti::connection c) {
  for (int i = 0; i < steps; ++i) c.send(1);
}
void by_named_memory(std::string name) {
  auto memory = tutti::shared_memory::open(name);
  int& counter = *reinterpret_cast<int*>(memory.span().data());
  for (int i = 0; i < steps; ++i) ++counter;
}
void by_value(tutti::shared_value<int> v) {
  for (int i = 0; i < steps; ++i) v.with([](int& x) { ++x; });
}
void by_array(tutti::shared_array<int> a) {
  for (int i = 0; i < steps; ++i) ++a.span()[0];
}
int by_call(int x) { return x + 1; }

void check_counters() {
  std::vector<int> totals;
  {
    tutti::process_queue<int> q{1 << 16};
    tutti::process p{"queue", by_queue, q};
    int total = 0;
    while (auto one = q.next()) total += *one;
    totals.push_back(total);
  }
  {
    auto [ours, theirs] = tutti::pipe();
    tutti::process p{"pipe", by_pipe, std::move(theirs)};
    int total = 0;
    for (int i = 0; i < steps; ++i) total += ours.receive<int>();
    totals.push_back(total);
  }
  {
    auto memory = tutti::shared_memory::create("tutti-acceptance-000-26", sizeof(int));
    tutti::process p{"memory", by_named_memory, "tutti-acceptance-000-26"};
    require(p.join().ok(), "the child found the memory by its name");
    totals.push_back(*reinterpret_cast<int*>(memory.span().data()));
  }
  tutti::process_pool pool{{.workers = 1}};
  tutti::shared_value<int> value{0};
  pool.submit(by_value, value).get();
  totals.push_back(value.load());
  tutti::shared_array<int> array{1};
  pool.submit(by_array, array).get();
  totals.push_back(array.span()[0]);
  int counter = 0;
  for (int i = 0; i < steps; ++i) counter = pool.submit(by_call, counter).get();
  totals.push_back(counter);
  require(totals == std::vector<int>(6, steps), "six ways move the counter equally");
}

unsigned char last_of(tutti::shared_array<unsigned char> a) { return a.span().back(); }
void last_from_pipe(tutti::connection c, int rounds) {
  for (int i = 0; i < rounds; ++i) c.send(c.receive<std::vector<unsigned char>>().back());
}

void check_payload() {
  constexpr std::size_t bytes = std::size_t{64} << 20;
  constexpr int rounds = 3;
  auto [ours, theirs] = tutti::pipe();
  tutti::process child{"reader", last_from_pipe, std::move(theirs), rounds};
  std::vector<unsigned char> payload(bytes, 7);
  const stopwatch piped;
  for (int i = 0; i < rounds; ++i) {
    ours.send(payload);
    require(ours.receive<unsigned char>() == 7, "the payload came through the pipe");
  }
  const double by_copy = piped.ms();
  tutti::process_pool pool{{.workers = 1}};
  tutti::shared_array<unsigned char> shared{bytes};
  std::ranges::fill(shared.span(), static_cast<unsigned char>(7));
  const stopwatch handed;
  for (int i = 0; i < rounds; ++i)
    require(pool.submit(last_of, shared).get() == 7, "the payload is there");
  const double by_sharing = handed.ms();
  std::printf("64 MiB: %.1f ms through a pipe, %.3f ms shared\n", by_copy / rounds,
              by_sharing / rounds);
  require(by_copy >= 3 * by_sharing, "sharing is at least three times as fast");
}

int main() {
  check_messages();
  check_counters();
  check_payload();
}
