// A call that fails now and then is made again, after pauses that grow and are drawn at random, so
// that many callers do not come back at the same moment. Errors that will not go away are not
// repeated.
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

int calls = 0;

tutti::task<std::string> fetch(std::string path) {
  ++calls;
  co_await tutti::sleep(1ms);
  if (path.empty()) throw std::invalid_argument("no path");
  if (calls < 3) throw std::system_error(std::make_error_code(std::errc::connection_reset));
  co_return "page " + path;
}

tutti::task<> amain() {
  const std::string page = co_await tutti::retry(
      {.attempts = 5, .backoff = 2ms, .when = tutti::on_error<std::system_error>}, fetch, "/a");
  std::printf("%s after %d calls\n", page.c_str(), calls);
  calls = 0;
  try {
    co_await tutti::retry({.when = tutti::on_error<std::system_error>}, fetch, "");
  } catch (const std::invalid_argument& e) {
    std::printf("%s: given up after %d call\n", e.what(), calls);
  }
}

int main() { tutti::run(amain()); }

// Output:
// page /a after 3 calls
// no path: given up after 1 call
