// A thread per page, all joined before the end. Each thread runs a small loop of its own for its
// request, so blocking code and coroutines need no second library.
#include <cstdio>
#include <string>
#include <vector>

#include <tutti/tutti.hpp>

tutti::task<> answer(tutti::net::tcp_stream s) {
  co_await s.read_line();
  co_await s.write("200\n");
}

tutti::task<std::string> get(std::string path, std::uint16_t port) {
  auto s = co_await tutti::net::connect("127.0.0.1", port);
  co_await s.write("GET " + path + "\n");
  co_return (co_await s.read_line()).value_or("no answer");
}

void fetch_data(std::string path, std::uint16_t port) {
  const std::string line = "Data from " + path + ": " + tutti::run(get(path, port));
  std::puts(line.c_str());
}

int main() {
  tutti::event_loop server{{.name = "server"}};
  auto listener = tutti::net::listen({"127.0.0.1", 0});
  const std::uint16_t port = listener.local_endpoint().port();
  auto serving = server.submit(tutti::net::serve(std::move(listener), answer));
  {
    std::vector<tutti::thread> threads;
    for (const char* path : {"/a", "/b", "/c"}) {
      threads.emplace_back(path, fetch_data, std::string(path), port);
    }
  }  // joins
  serving.cancel();
}

// Output, in any order:
// Data from /a: 200
// Data from /b: 200
// Data from /c: 200
