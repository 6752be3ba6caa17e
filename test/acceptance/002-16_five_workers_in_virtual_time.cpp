// rows: 002-16
// Five workers print, sleep a second, print: in virtual time, five starts before five ends.
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

tutti::task<> worker(int n, std::string& out) {
  out += "start " + std::to_string(n) + '\n';
  co_await tutti::sleep(1s);
  out += "end " + std::to_string(n) + '\n';
}

tutti::task<tutti::duration> five(std::string& out) {
  const auto start = tutti::clock::now();
  std::vector<tutti::task<>> all;
  for (int n = 0; n < 5; ++n) all.push_back(worker(n, out));
  co_await tutti::gather(std::move(all));
  co_return tutti::clock::now() - start;
}

}  // namespace

int main() {
  std::string out;
  const tutti::duration took = tutti::testing::run_virtual(five(out));
  std::string wanted;
  for (int n = 0; n < 5; ++n) wanted += "start " + std::to_string(n) + '\n';
  for (int n = 0; n < 5; ++n) wanted += "end " + std::to_string(n) + '\n';
  if (out != wanted) return 1;
  return took >= 1s && took < 1300ms ? 0 : 2;
}
