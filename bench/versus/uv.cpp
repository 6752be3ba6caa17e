// libuv: timers and echo. It has callbacks only, so nothing that awaits.
#include <uv.h>

#include <memory>
#include <vector>

#include "report.hpp"

namespace {

long sum = 0;

void timer_cancel() {
  std::vector<uv_timer_t> timers(bench::timer_n);
  const double start = bench::now();
  for (std::size_t i = 0; i < timers.size(); ++i) {
    uv_timer_init(uv_default_loop(), &timers[i]);
    uv_timer_start(&timers[i], [](uv_timer_t*) { ++sum; }, 60'000 + i / 1000, 0);
  }
  for (auto& t : timers) uv_timer_stop(&t);
  uv_run(uv_default_loop(), UV_RUN_NOWAIT);
  bench::must(sum == 0, "timer_cancel");
  bench::say_ns("timer_cancel", "libuv", bench::now() - start, bench::timer_n);
}

void timer_fire() {
  std::vector<uv_timer_t> timers(bench::timer_n);
  const double start = bench::now();
  for (std::size_t i = 0; i < timers.size(); ++i) {
    uv_timer_init(uv_default_loop(), &timers[i]);
    uv_timer_start(&timers[i], [](uv_timer_t*) { ++sum; }, i / 100'000, 0);
  }
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  bench::must(sum == bench::timer_n, "timer_fire");
  bench::say_ns("timer_fire", "libuv", bench::now() - start, bench::timer_n);
}

struct connection {
  uv_tcp_t handle{};
  uv_write_t write{};
  char data[4096];
  uv_buf_t out{};
};

void on_read(uv_stream_t* stream, ssize_t n, const uv_buf_t*) {
  auto* c = static_cast<connection*>(stream->data);
  if (n < 0) {
    uv_close(reinterpret_cast<uv_handle_t*>(stream),
             [](uv_handle_t* h) { delete static_cast<connection*>(h->data); });
    return;
  }
  c->out = uv_buf_init(c->data, static_cast<unsigned>(n));
  // As libuv's own examples do not: try at once, queue only what is left.
  const int sent = uv_try_write(stream, &c->out, 1);
  if (sent == n) return;
  const int done = sent > 0 ? sent : 0;
  c->out = uv_buf_init(c->data + done, static_cast<unsigned>(n - done));
  uv_write(&c->write, stream, &c->out, 1, nullptr);
}

void on_connection(uv_stream_t* server, int status) {
  if (status < 0) return;
  auto* c = new connection;
  uv_tcp_init(server->loop, &c->handle);
  c->handle.data = c;
  if (uv_accept(server, reinterpret_cast<uv_stream_t*>(&c->handle)) != 0) return;
  uv_tcp_nodelay(&c->handle, 1);
  uv_read_start(
      reinterpret_cast<uv_stream_t*>(&c->handle),
      [](uv_handle_t* h, std::size_t, uv_buf_t* buffer) {
        auto* self = static_cast<connection*>(h->data);
        *buffer = uv_buf_init(self->data, sizeof self->data);
      },
      on_read);
}

void echo_server() {
  static uv_tcp_t server;
  uv_tcp_init(uv_default_loop(), &server);
  sockaddr_in at{};
  uv_ip4_addr("127.0.0.1", 0, &at);
  uv_tcp_bind(&server, reinterpret_cast<const sockaddr*>(&at), 0);
  uv_listen(reinterpret_cast<uv_stream_t*>(&server), 1024, on_connection);
  int size = sizeof at;
  uv_tcp_getsockname(&server, reinterpret_cast<sockaddr*>(&at), &size);
  std::printf("%u\n", static_cast<unsigned>((at.sin_port >> 8) | ((at.sin_port & 0xff) << 8)));
  std::fflush(stdout);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "timer_cancel")
    timer_cancel();
  else if (what == "timer_fire")
    timer_fire();
  else if (what == "echo-server")
    echo_server();
  else
    return 2;
}
