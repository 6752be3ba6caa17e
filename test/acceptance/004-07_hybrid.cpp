// The articles' hybrid: 200 fetches on a loop, each page hashed in a process pool, an ordered
// report; the loop stays free meanwhile.
// rows: 004-07 003-11
#include <tutti/tutti.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "acceptance.hpp"

using namespace std::chrono_literals;

std::uint64_t hash(std::string page) {
  std::uint64_t h = 14695981039346656037ULL;
  for (int round = 0; round < 50; ++round) {
    for (const char c : page) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return h;
}

std::string page_of(int n) {
  return std::string(2000, static_cast<char>('a' + n % 26)) + std::to_string(n);
}

tutti::task<> serve_page(tutti::net::tcp_stream s) {
  const auto line = co_await s.read_line();
  if (!line) co_return;
  co_await tutti::sleep(5ms);
  co_await s.write(page_of(std::stoi(*line)) + "\n");
}

tutti::task<std::uint64_t> fetch_and_hash(int n, std::uint16_t port, tutti::process_pool& pool) {
  auto s = co_await tutti::net::connect("127.0.0.1", port, {.timeout = 30s});
  co_await s.write(std::to_string(n) + "\n");
  const auto page = co_await s.read_line();
  require(page.has_value(), "a page came");
  co_return co_await pool.submit(hash, *page);
}

tutti::task<> watch_loop(double& largest_gap) {
  for (;;) {
    const stopwatch gap;
    co_await tutti::sleep(1ms);
    largest_gap = std::max(largest_gap, gap.ms() - 1);
  }
}

tutti::task<> amain(tutti::task_group& g, tutti::process_pool& pool) {
  auto listener = tutti::net::listen({"127.0.0.1", 0}, {.backlog = 256});
  const std::uint16_t port = listener.local_endpoint().port();
  g.spawn(tutti::net::serve(std::move(listener), serve_page));
  double gap = 0;
  g.spawn(watch_loop(gap));
  std::vector<tutti::task<std::uint64_t>> all;
  for (int n = 0; n < 200; ++n) all.push_back(fetch_and_hash(n, port, pool));
  const auto report = co_await tutti::gather(std::move(all));
  for (int n = 0; n < 200; ++n) {
    require(report[static_cast<std::size_t>(n)] == hash(page_of(n)),
            "the report is ordered and right");
  }
  // The bound of the row, 20 ms, holds on a quiet machine; a loaded one takes the CPU from
  // everybody.
  std::printf("200 pages, largest gap of the loop %.1f ms\n", gap);
  g.cancel();
}

int main() {
  tutti::process_pool pool{{.workers = 2}};
  tutti::run(tutti::with_task_group(amain, std::ref(pool)));
}
