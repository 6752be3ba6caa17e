// What belongs to one event loop is refused on another one while it is in use there, and on a
// thread that has none; what is meant as a bridge between them works from everywhere.
// rows: 004-08
#include <tutti/tutti.hpp>

#include <cstring>
#include <string>

#include "acceptance.hpp"

namespace {

tutti::task<std::string> read_a_line(tutti::net::tcp_stream& s) {
  auto line = co_await s.read_line();
  co_return line.value_or("nothing");
}
tutti::task<> write_a_line(tutti::net::tcp_stream& s) { co_await s.write("hello\n"); }
tutti::task<> nothing() { co_return; }

tutti::task<> relay(tutti::queue<std::string>& bridge, tutti::net::tcp_stream& s) {
  while (auto line = co_await bridge.async_next()) co_await s.write(*line);
}

template <class Future>
std::string refusal(Future f) {
  try {
    f.get();
    return "not refused";
  } catch (const tutti::error& e) {
    return e.what();
  }
}

bool says(const std::string& text, const char* part) {
  std::puts(text.c_str());
  return text.find(part) != std::string::npos;
}

}  // namespace

int main() {
  tutti::event_loop home;
  tutti::event_loop abroad;
  tutti::thread_pool pool{{.threads = 1}};
  auto connected = [&]() -> tutti::task<std::pair<tutti::net::tcp_stream, tutti::net::tcp_stream>> {
    auto listener = tutti::net::listen({"127.0.0.1", 0});
    auto near = co_await tutti::net::connect("127.0.0.1", listener.local_endpoint().port());
    auto far = co_await listener.accept();
    co_return std::pair(std::move(near), std::move(far));
  };
  auto [near, far] = home.submit(connected).get();

  auto line = home.submit(read_a_line(near));
  home.submit(nothing()).get();  // now it waits in there
  require(says(refusal(abroad.submit(write_a_line(near))), "on two event loops"),
          "a stream in use on one loop is refused on another");
  require(says(refusal(pool.submit(read_a_line(far))), "event loop"),
          "a stream is refused where nothing waits for sockets");

  tutti::queue<std::string> bridge;
  auto relayed = home.submit(relay(bridge, far));
  pool.submit([&] { bridge.put("over the bridge\n"); }).get();
  bridge.close();
  relayed.get();
  require(line.get() == "over the bridge", "a queue is a bridge");
}
