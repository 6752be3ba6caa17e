// rows: 004-20
// Retry logic against a connection that fails twice: no real second passes.
#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

using namespace std::chrono_literals;
namespace lab = tutti::testing;

namespace {

/// Sends `text`, again after 1 s, then 2 s, then 4 s.
tutti::task<int> send_stubbornly(tutti::net::byte_stream& to, std::string text) {
  tutti::duration pause = 1s;
  for (int attempt = 1;; ++attempt) {
    bool sent = false;
    try {
      co_await to.write(text);
      sent = true;
    } catch (const std::system_error&) {
      if (attempt == 4) throw;
    }
    if (sent) co_return attempt;
    co_await tutti::sleep(pause);
    pause *= 2;
  }
}

tutti::task<int> two_failures() {
  auto [a, b] = lab::memory_stream_pair();
  const lab::fault bad_day{"net.write", ECONNRESET, EPIPE};
  const auto start = tutti::clock::now();
  const int attempts = co_await send_stubbornly(a, "hello\n");
  if (attempts != 3 || tutti::clock::now() - start != 3s) co_return 1;
  const auto line = co_await b.read_line();
  co_return line.value_or("") == "hello" ? 0 : 2;
}

}  // namespace

int main() { return lab::run_virtual(two_failures()); }
