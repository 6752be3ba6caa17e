// The load for every echo server: CONNECTIONS clients on one thread, each sends 64 bytes, waits for
// all of them to come back, and sends again. echo_load PORT CONNECTIONS SECONDS prints nanoseconds
// per round trip of the whole.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "report.hpp"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const auto count = static_cast<std::size_t>(std::atoi(argv[2]));
  const double seconds = std::atof(argv[3]);
  const int ready = epoll_create1(0);
  std::vector<std::size_t> missing(count, bench::echo_bytes);
  std::vector<int> sockets(count);
  std::array<char, bench::echo_bytes> message{};
  message.fill('x');
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (std::size_t i = 0; i < count; ++i) {
    sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
    bench::must(connect(sockets[i], reinterpret_cast<sockaddr*>(&at), sizeof at) == 0, "connect");
    const int yes = 1;
    setsockopt(sockets[i], IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    epoll_ctl(ready, EPOLL_CTL_ADD, sockets[i], &event);
  }
  for (const int s : sockets)
    bench::must(send(s, message.data(), message.size(), 0) == bench::echo_bytes, "send");
  std::array<epoll_event, 256> events;
  std::array<char, 4096> data;
  long trips = 0;
  double start = bench::now();
  const double warm = start + seconds / 4;
  bool is_warm = false;
  double now = start;
  while (!is_warm || now - start < seconds) {
    const int n = epoll_wait(ready, events.data(), static_cast<int>(events.size()), 2000);
    bench::must(n > 0, "the server stopped answering");
    for (int k = 0; k < n; ++k) {
      const std::size_t i = events[static_cast<std::size_t>(k)].data.u64;
      const ssize_t got = recv(sockets[i], data.data(), data.size(), MSG_DONTWAIT);
      bench::must(got > 0 && static_cast<std::size_t>(got) <= missing[i], "recv");
      missing[i] -= static_cast<std::size_t>(got);
      if (missing[i] != 0) continue;
      missing[i] = bench::echo_bytes;
      ++trips;
      bench::must(send(sockets[i], message.data(), message.size(), 0) == bench::echo_bytes, "send");
    }
    now = bench::now();
    if (!is_warm && now > warm) {
      is_warm = true;
      start = now;
      trips = 0;
    }
  }
  std::printf("%.3f\n", (now - start) * 1e9 / static_cast<double>(trips));
}
