// Programs whose right answer is known: `corpus KIND SECONDS [PORT]` behaves like KIND for that
// long. Written with plain POSIX and std::thread on purpose: advise is for programs that never
// heard of tutti.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;
steady::time_point end_of_program;
int server_port = 0;

bool goes_on() { return steady::now() < end_of_program; }

void compute_for(std::chrono::microseconds span) {
  volatile std::uint64_t seed = 1;
  const auto until = steady::now() + span;
  while (steady::now() < until) {
    std::uint64_t local = seed;
    for (int i = 0; i < 2000; ++i) local = local * 6364136223846793005ULL + 1442695040888963407ULL;
    seed = local;
  }
}

void compute() {
  while (goes_on()) compute_for(std::chrono::milliseconds(5));
}

void in_threads(int count, const std::function<void()>& body) {
  std::vector<std::thread> all;
  for (int i = 0; i < count; ++i) all.emplace_back(body);
  for (std::thread& t : all) t.join();
}

void in_processes(int count, const std::function<void()>& body) {
  for (int i = 0; i < count; ++i) {
    if (fork() == 0) {
      body();
      _exit(0);
    }
  }
  while (wait(nullptr) > 0) {
  }
}

int connect_to_server() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(server_port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::perror("connect");
    std::exit(9);
  }
  return fd;
}

// One request: a byte there, a byte back after the server's 20 ms.
void ask(int fd, bool polls_first) {
  char byte = 'x';
  if (write(fd, &byte, 1) != 1) std::exit(9);
  pollfd wanted{fd, POLLIN, 0};
  if (polls_first) poll(&wanted, 1, 5000);
  if (read(fd, &byte, 1) != 1) std::exit(9);
}

void ask_all_the_time() {
  const int fd = connect_to_server();
  while (goes_on()) ask(fd, false);
  close(fd);
}

// The server of the corpus: answers every byte after 20 ms, a thread per connection, until its
// input ends.
void serve() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
      listen(listener, 256) != 0)
    std::exit(9);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  std::thread([listener] {
    for (;;) {
      const int fd = accept(listener, nullptr, nullptr);
      if (fd < 0) continue;
      std::thread([fd] {
        char byte = 0;
        while (read(fd, &byte, 1) == 1) {
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          if (write(fd, &byte, 1) != 1) break;
        }
        close(fd);
      }).detach();
    }
  }).detach();
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  std::_Exit(0);
}

// An event loop over `count` connections; `compute_us` of work for every answer.
void event_loop(int count, int compute_us) {
  const int loop = epoll_create1(0);
  for (int i = 0; i < count; ++i) {
    const int fd = connect_to_server();
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.fd = fd;
    epoll_ctl(loop, EPOLL_CTL_ADD, fd, &wanted);
    if (write(fd, "x", 1) != 1) std::exit(9);
  }
  while (goes_on()) {
    std::array<epoll_event, 64> ready{};
    const int n = epoll_wait(loop, ready.data(), 64, 100);
    for (int i = 0; i < n; ++i) {
      char byte = 0;
      const int fd = ready[static_cast<std::size_t>(i)].data.fd;
      if (read(fd, &byte, 1) != 1) std::exit(9);
      if (compute_us > 0) compute_for(std::chrono::microseconds(compute_us));
      if (write(fd, "x", 1) != 1) std::exit(9);
    }
  }
}

void poll_loop() {
  std::vector<pollfd> all;
  for (int i = 0; i < 16; ++i) {
    all.push_back({connect_to_server(), POLLIN, 0});
    if (write(all.back().fd, "x", 1) != 1) std::exit(9);
  }
  while (goes_on()) {
    poll(all.data(), all.size(), 100);
    for (const pollfd& p : all) {
      char byte = 0;
      if ((p.revents & POLLIN) != 0 && (read(p.fd, &byte, 1) != 1 || write(p.fd, "x", 1) != 1))
        std::exit(9);
    }
  }
}

std::string scratch(const char* name) {
  const char* folder = std::getenv("TMPDIR");
  return std::string(folder != nullptr ? folder : "/tmp") + "/tutti-corpus-" + name + "-" +
         std::to_string(getpid());
}

void write_and_sync() {
  const std::string path = scratch("sync");
  const int fd = open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  std::array<char, 512> block{};
  while (goes_on()) {
    if (pwrite(fd, block.data(), block.size(), 0) < 0 || fsync(fd) != 0) std::exit(9);
  }
  close(fd);
  unlink(path.c_str());
}

void read_directly() {
  const std::string path = scratch("direct");
  constexpr std::size_t block = 1U << 20U;
  const std::unique_ptr<void, void (*)(void*)> memory(std::aligned_alloc(4096, block), std::free);
  std::memset(memory.get(), 7, block);
  const int out = open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  for (int i = 0; i < 32; ++i) {
    if (write(out, memory.get(), block) < 0) std::exit(9);
  }
  fsync(out);
  close(out);
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECT);
  unlink(path.c_str());
  if (fd < 0) std::exit(77);  // this file system does not know direct reads
  for (off_t at = 0; goes_on();
       at = (at + static_cast<off_t>(block)) % static_cast<off_t>(32 * block)) {
    if (pread(fd, memory.get(), block, at) < 0) std::exit(77);
  }
}

void one_lock(int threads) {
  std::mutex lock;
  std::uint64_t sum = 0;
  in_threads(threads, [&lock, &sum] {
    while (goes_on()) {
      const std::lock_guard held(lock);
      compute_for(std::chrono::microseconds(200));
      ++sum;
    }
  });
}

void lock_held_while_waiting() {
  std::mutex lock;
  in_threads(6, [&lock] {
    const int fd = connect_to_server();
    while (goes_on()) {
      const std::lock_guard held(lock);
      ask(fd, false);
    }
  });
}

// Sixteen workers behind one condition, a task every few milliseconds.
void idle_pool_condition() {
  std::mutex lock;
  std::condition_variable ready;
  int tasks = 0;
  bool is_over = false;
  std::vector<std::thread> workers;
  for (int i = 0; i < 16; ++i) {
    workers.emplace_back([&] {
      std::unique_lock held(lock);
      for (;;) {
        ready.wait(held, [&] { return tasks > 0 || is_over; });
        if (tasks == 0) return;
        --tasks;
        held.unlock();
        compute_for(std::chrono::microseconds(100));
        held.lock();
      }
    });
  }
  while (goes_on()) {
    {
      const std::lock_guard held(lock);
      ++tasks;
    }
    ready.notify_one();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  {
    const std::lock_guard held(lock);
    is_over = true;
  }
  ready.notify_all();
  for (std::thread& t : workers) t.join();
}

void idle_pool_semaphore() {
  std::counting_semaphore<1024> tasks(0);
  std::atomic<bool> is_over{false};
  std::vector<std::thread> workers;
  for (int i = 0; i < 8; ++i) {
    workers.emplace_back([&] {
      for (;;) {
        tasks.acquire();
        if (is_over) return;
        compute_for(std::chrono::microseconds(300));
      }
    });
  }
  while (goes_on()) {
    tasks.release();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  is_over = true;
  tasks.release(8);
  for (std::thread& t : workers) t.join();
}

void short_children() {
  while (goes_on()) {
    if (fork() == 0) {
      compute_for(std::chrono::milliseconds(20));
      _exit(0);
    }
    wait(nullptr);
  }
}

void call_all_the_time(const char* device, bool reads) {
  const int fd = open(device, O_RDWR);
  std::array<char, 4096> block{};
  while (goes_on()) {
    for (int i = 0; i < 1000; ++i) {
      if ((reads ? read(fd, block.data(), block.size()) : write(fd, block.data(), 1)) < 0)
        std::exit(9);
    }
  }
}

void mixed(int compute_ms, bool polls_first) {
  const int fd = connect_to_server();
  while (goes_on()) {
    ask(fd, polls_first);
    compute_for(std::chrono::milliseconds(compute_ms));
  }
}

void wait_for_clients() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listen(listener, 8) != 0) std::exit(9);
  std::thread([listener] { accept(listener, nullptr, nullptr); }).detach();
  std::thread([listener] { accept(listener, nullptr, nullptr); }).detach();
  std::this_thread::sleep_until(end_of_program);
  std::_Exit(0);
}

void stop_itself() {
  std::thread([] {
    std::this_thread::sleep_until(end_of_program);
    std::_Exit(0);
  }).detach();
  const pid_t me = getpid();
  if (fork() == 0) {  // somebody must continue what is stopped
    while (goes_on()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    kill(me, SIGCONT);
    _exit(0);
  }
  raise(SIGSTOP);
  std::_Exit(0);
}

void fork_away() {
  if (fork() == 0) {
    setsid();
    if (fork() == 0) {
      compute();
      _exit(0);
    }
    _exit(0);
  }
  _exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string kind = argc > 1 ? argv[1] : "";
  if (kind == "serve") serve();
  const double seconds = argc > 2 ? std::atof(argv[2]) : 1;
  server_port = argc > 3 ? std::atoi(argv[3]) : 0;
  end_of_program = steady::now() + std::chrono::microseconds(static_cast<long long>(seconds * 1e6));
  const std::map<std::string, std::function<void()>> kinds{
      {"busy", compute},
      {"busy_threads", [] { in_threads(8, compute); }},
      {"busy_processes", [] { in_processes(4, compute); }},
      {"socket", ask_all_the_time},
      {"socket_poll",
       [] {
         const int fd = connect_to_server();
         while (goes_on()) ask(fd, true);
       }},
      {"socket_threads", [] { in_threads(32, ask_all_the_time); }},
      {"socket_processes", [] { in_processes(6, ask_all_the_time); }},
      {"mixed", [] { mixed(20, false); }},
      {"mixed_poll", [] { mixed(12, true); }},
      {"epoll", [] { event_loop(64, 0); }},
      {"epoll_full", [] { event_loop(64, 2000); }},
      {"poll_loop", poll_loop},
      {"fsync", write_and_sync},
      {"direct", read_directly},
      {"lock", [] { one_lock(8); }},
      {"lock_waiting", lock_held_while_waiting},
      {"pool_condition", idle_pool_condition},
      {"pool_semaphore", idle_pool_semaphore},
      {"children", short_children},
      {"zero_reads", [] { call_all_the_time("/dev/zero", true); }},
      {"null_writes", [] { call_all_the_time("/dev/null", false); }},
      {"sleeps",
       [] {
         while (goes_on()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
       }},
      {"select_sleeps",
       [] {
         while (goes_on()) {
           timeval t{0, 20000};
           select(0, nullptr, nullptr, nullptr, &t);
         }
       }},
      {"sleeping_threads",
       [] {
         in_threads(4, [] {
           while (goes_on()) std::this_thread::sleep_for(std::chrono::milliseconds(30));
         });
       }},
      {"idle_server", wait_for_clients},
      {"stopped", stop_itself},
      {"fork_away", fork_away},
      {"many_threads",
       [] { in_threads(10000, [] { std::this_thread::sleep_until(end_of_program); }); }},
      {"at_once", [] {}},
  };
  const auto found = kinds.find(kind);
  if (found == kinds.end()) {
    std::fprintf(stderr, "corpus: no kind '%s'\n", kind.c_str());
    return 2;
  }
  found->second();
  return 0;
}
