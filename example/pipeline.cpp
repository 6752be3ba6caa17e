// Items through stages, each where it belongs: waiting on the loop, computing on a pool of threads,
// what may crash in processes. Buffers are bounded, order is kept, an error names its stage.
#include <chrono>
#include <cstdio>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

tutti::task<int> fetch(int n) {
  co_await tutti::sleep(1ms);
  co_return n * 10;
}
int parse(int n) { return n + 1; }
std::string decode(int n) {
  if (n == 61) throw std::out_of_range("61 is no picture");
  return "picture " + std::to_string(n);
}

tutti::task<> amain() {
  tutti::thread_pool pool{{.threads = 2}};
  tutti::process_pool processes{{.workers = 2}};
  std::vector<std::string> pictures;
  auto p = tutti::from(std::views::iota(0, 4)) | tutti::stage("fetch", 4, fetch) |
           tutti::stage("parse", pool, parse) | tutti::stage("decode", processes, decode) |
           tutti::into(pictures);
  co_await std::move(p);
  for (const auto& text : pictures) std::puts(text.c_str());

  auto q = tutti::from(std::views::iota(5)) | tutti::stage("fetch", 4, fetch) |
           tutti::stage("parse", pool, parse) | tutti::stage("decode", processes, decode) |
           tutti::into([](std::string) {});
  try {
    co_await std::move(q);  // an endless source: the failure ends it
  } catch (const tutti::stage_error& e) {
    std::puts(e.what());
  }
}

int main() { tutti::run(amain()); }

// Output:
// picture 1
// picture 11
// picture 21
// picture 31
// stage "decode": 61 is no picture
