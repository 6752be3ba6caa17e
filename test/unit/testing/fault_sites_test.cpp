// Every call of the library that the system may refuse: the error comes out, nothing stays behind,
// and the next time it works.
#include <tutti/testing/fault.hpp>

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <tutti/async/file.hpp>
#include <tutti/async/signals.hpp>
#include <tutti/async/tcp.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/process/connection.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/process/shared_array.hpp>
#include <tutti/process/shared_memory.hpp>
#include <tutti/process/subprocess.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/thread/thread.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

int twice(int n) { return 2 * n; }

void uses_a_pool(start_method how) {
  process_pool pool{{.workers = 1, .start = how}};
  EXPECT_EQ(pool.submit(twice, 21).get(), 42);
}
void uses_shared_memory() {
  shared_array<int> some{1000};
  some.span()[999] = 1;
}
void uses_named_memory() {
  const std::string name = "tutti-fault-" + std::to_string(::getpid());
  auto made = shared_memory::create(name, 100);
  auto opened = shared_memory::open(name);
}
void uses_a_connection() {
  auto [a, b] = pipe();
  a.send(std::string("twelve bytes"));
  EXPECT_EQ(b.receive<std::string>(), "twelve bytes");
}
task<> runs_a_program() {
  const std::vector<std::string> words{"true"};
  const completed done = co_await run_command(words);
  EXPECT_TRUE(done.status.ok());
}
task<> hears_signals() {
  signals hangups{SIGUSR2};
  ::raise(SIGUSR2);
  const int number = co_await hangups.next();
  EXPECT_EQ(number, SIGUSR2);
}
task<> talks() {
  auto door = net::listen({"127.0.0.1", 0});
  auto [client, server] =
      co_await gather(net::connect("127.0.0.1", door.local_endpoint().port()), door.accept());
  co_await client.write("one line\n");
  const auto line = co_await server.read_line();
  EXPECT_EQ(line.value_or(""), "one line");
}
task<> keeps_a_file() {
  const std::string path = ::testing::TempDir() + "tutti-fault-" + std::to_string(::getpid());
  auto f = co_await file::open(path, file::read | file::write | file::create);
  co_await f.write_at("0123456789", 0);
  co_await f.fsync();
  const std::string got = co_await f.read_all();
  EXPECT_EQ(got, "0123456789");
  f.close();
  std::filesystem::remove(path);
}

/// The number with which it failed; 0: it did not.
template <class Use>
int error_of(Use use) {
  try {
    use();
  } catch (const std::system_error& e) {
    return e.code().value();
  } catch (const std::exception& e) {
    ADD_FAILURE() << e.what();
  }
  return 0;
}
std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

struct refusal {
  const char* site;
  int number;
  void (*use)();
};
const refusal refusals[] = {
    {"process.memory", EMFILE, &uses_shared_memory},
    {"process.reserve", ENOSPC, &uses_shared_memory},
    {"process.map", ENOMEM, &uses_shared_memory},
    {"process.named", EACCES, &uses_named_memory},
    {"process.pipe", EMFILE, &uses_a_connection},
    {"pipe.write", EIO, &uses_a_connection},
    {"pipe.read", EIO, &uses_a_connection},
    {"process.pipe", EMFILE, [] { run(runs_a_program()); }},
    {"process.spawn", EAGAIN, [] { run(runs_a_program()); }},
    {"process.handle", EMFILE, [] { run(runs_a_program()); }},
    {"process.bell", EMFILE, [] { uses_a_pool(start_method::zygote); }},
    {"process.poll", EMFILE, [] { uses_a_pool(start_method::zygote); }},
    {"process.watch", ENOSPC, [] { uses_a_pool(start_method::zygote); }},
    {"process.fork", EAGAIN, [] { uses_a_pool(start_method::zygote); }},
    {"process.handle", EMFILE, [] { uses_a_pool(start_method::zygote); }},
    {"process.socketpair", EMFILE, [] { uses_a_pool(start_method::spawn); }},
    {"process.spawn", EAGAIN, [] { uses_a_pool(start_method::spawn); }},
    {"process.handle", EMFILE, [] { uses_a_pool(start_method::spawn); }},
    {"signals.bell", EMFILE, [] { run(hears_signals()); }},
    {"signals.handle", EINVAL, [] { run(hears_signals()); }},
    {"net.socket", EMFILE, [] { run(talks()); }},
    {"net.bind", EADDRINUSE, [] { run(talks()); }},
    {"net.listen", EADDRINUSE, [] { run(talks()); }},
    {"net.connect", ECONNREFUSED, [] { run(talks()); }},
    {"net.connected", ETIMEDOUT, [] { run(talks()); }},
    {"epoll.create", EMFILE, [] { run(talks(), {.backend = io_backend::epoll}); }},
    {"epoll.bell", EMFILE, [] { run(talks(), {.backend = io_backend::epoll}); }},
    {"epoll.add", ENOSPC, [] { run(talks(), {.backend = io_backend::epoll}); }},
    {"file.open", EMFILE, [] { run(keeps_a_file()); }},
    {"file.write", ENOSPC, [] { run(keeps_a_file()); }},
    {"file.fsync", EIO, [] { run(keeps_a_file()); }},
    {"file.read", EIO, [] { run(keeps_a_file()); }},
    {"thread.start", EAGAIN, [] { const thread t{"t", [] {}}; }},
};

TEST(fault_sites, what_the_system_refuses_comes_out_and_leaves_nothing) {
  for (const refusal& r : refusals) {
    SCOPED_TRACE(std::string(r.site) + " with " + std::to_string(r.number));
    r.use();
    const std::ptrdiff_t before = open_descriptors();
    {
      const lab::fault once{r.site, r.number};
      EXPECT_EQ(error_of(r.use), r.number);
      EXPECT_EQ(once.left(), 0U);
    }
    r.use();
    EXPECT_EQ(open_descriptors(), before);
  }
}

/// What must not be noticed: a wait that ends early, a full queue, a call that moves little.
TEST(fault_sites, what_only_delays_is_not_noticed) {
  const refusal delays[] = {
      {"net.read", EINTR, [] { run(talks()); }},
      {"net.read", EAGAIN, [] { run(talks()); }},
      {"net.write", EINTR, [] { run(talks()); }},
      {"net.accept", EMFILE, [] { run(talks()); }},
      {"net.short_read", 1, [] { run(talks()); }},
      {"net.short_write", 1, [] { run(talks()); }},
      {"net.short_read", 1, [] { run(talks(), {.backend = io_backend::epoll}); }},
      {"epoll.wait", EINTR, [] { run(talks(), {.backend = io_backend::epoll}); }},
      {"file.short_read", 1, [] { run(keeps_a_file()); }},
      {"file.short_write", 1, [] { run(keeps_a_file()); }},
      {"file.write", EINTR, [] { run(keeps_a_file()); }},
      {"pipe.short_read", 1, &uses_a_connection},
      {"pipe.short_write", 1, &uses_a_connection},
      {"pipe.read", EINTR, &uses_a_connection},
      {"process.reserve", EINTR, &uses_shared_memory},
  };
  for (const refusal& d : delays) {
    SCOPED_TRACE(d.site);
    const lab::fault often{d.site, d.number, d.number, d.number};
    EXPECT_EQ(error_of(d.use), 0);
  }
}

TEST(fault_sites, those_of_a_ring) {
  const auto with_a_ring = [] { run(talks(), {.backend = io_backend::io_uring}); };
  try {
    with_a_ring();
  } catch (const std::system_error&) {
    GTEST_SKIP() << "the system gives no ring here";
  }
  for (const char* const site : {"io_uring.setup", "io_uring.bell", "io_uring.poll"}) {
    const lab::fault once{site, EMFILE};
    EXPECT_EQ(error_of(with_a_ring), EMFILE) << site;
  }
  for (const char* const site : {"io_uring.wait", "io_uring.full"}) {
    const lab::fault often{site, EINTR, EINTR, EINTR};
    EXPECT_EQ(error_of(with_a_ring), 0) << site;
    EXPECT_EQ(often.left(), 0U) << site;
  }
  const lab::fault denied{"io_uring.bell", EMFILE};
  EXPECT_EQ(error_of([] { run(talks()); }), 0) << "epoll serves then";
}

}  // namespace
}  // namespace tutti
