// Three pages at once, one of which is missing: a failure touches nobody else. The articles fetch
// with `requests` in a thread per URL; here a bundled server answers, so the example always runs.
#include <chrono>
#include <cstdio>
#include <string>

#include <tutti/tutti.hpp>

using namespace std::chrono_literals;

tutti::task<> answer(tutti::net::tcp_stream s) {
  const auto line = co_await s.read_line();
  const bool missing = !line || line->find("/missing") != std::string::npos;
  co_await s.write(missing ? "404\n" : "200\n");
}

tutti::task<std::string> fetch_data(std::string path, std::uint16_t port) {
  auto s = co_await tutti::net::connect("127.0.0.1", port, {.timeout = 5s});
  co_await s.write("GET " + path + "\n");
  const auto status = co_await s.read_line();
  if (!status || *status != "200") {
    throw tutti::error("Error fetching " + path + ": " + status.value_or("no answer"));
  }
  co_return "Data from " + path + ": " + *status;
}

tutti::task<> safe_fetch_data(std::string path, std::uint16_t port) {
  std::string text;
  try {
    text = co_await fetch_data(path, port);
  } catch (const std::exception& e) {
    text = e.what();
  }
  std::puts(text.c_str());
}

tutti::task<> amain(tutti::task_group& group) {
  auto listener = tutti::net::listen({"127.0.0.1", 0});
  const std::uint16_t port = listener.local_endpoint().port();
  group.spawn(tutti::net::serve(std::move(listener), answer));
  co_await tutti::gather(safe_fetch_data("/a", port), safe_fetch_data("/b", port),
                         safe_fetch_data("/missing", port));
  group.cancel();
}

int main() { tutti::run(tutti::with_task_group(amain)); }

// Output, in any order:
// Data from /a: 200
// Data from /b: 200
// Error fetching /missing: 404
