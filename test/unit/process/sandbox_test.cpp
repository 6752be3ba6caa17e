#include <tutti/process/sandbox.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <tutti/process/process_pool.hpp>
#include <tutti/process/shared_array.hpp>
#include <tutti/testing/fault.hpp>

namespace {

using tutti::process_pool;
using tutti::sandbox;

/// 0, or why not.
int open_socket(int family) {
  const int fd = ::socket(family, SOCK_STREAM, 0);
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}
int write_file(std::string path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}
int read_file(std::string path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}
int signal_process(int pid) { return ::kill(pid, 0) == 0 ? 0 : errno; }
int square(int x) { return x * x; }
int own_pid() { return ::getpid(); }

class folder {
 public:
  folder() {
    char name[] = "/tmp/tutti-sandbox-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~folder() {
    ::unlink((path_ + "/file").c_str());
    ::rmdir(path_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(sandbox, none_takes_nothing_away) {
  process_pool pool{{.workers = 1}};
  EXPECT_TRUE(pool.sandbox_gaps().empty());
  EXPECT_EQ(pool.submit(open_socket, AF_INET).get(), 0);
}

TEST(sandbox, no_new_privileges_is_set) {
  process_pool pool{{.workers = 1, .sandbox = sandbox::no_new_privileges}};
  EXPECT_EQ(pool.submit([] { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }).get(), 1);
}

TEST(sandbox, no_network_leaves_local_sockets) {
  process_pool pool{{.workers = 1, .sandbox = sandbox::no_network}};
  if (!pool.sandbox_gaps().empty()) GTEST_SKIP() << pool.sandbox_gaps()[0];
  EXPECT_EQ(pool.submit(open_socket, AF_INET).get(), EPERM);
  EXPECT_EQ(pool.submit(open_socket, AF_INET6).get(), EPERM);
  EXPECT_EQ(pool.submit(open_socket, AF_UNIX).get(), 0);
  EXPECT_EQ(open_socket(AF_INET), 0);  // ours is untouched
}

TEST(sandbox, read_only_writes_nowhere_but_where_it_may) {
  const folder allowed;
  const folder forbidden;
  const std::string_view writable[] = {allowed.path()};
  process_pool pool{{.workers = 1, .sandbox = sandbox::read_only, .writable = writable}};
  if (!pool.sandbox_gaps().empty()) GTEST_SKIP() << pool.sandbox_gaps()[0];
  EXPECT_EQ(pool.submit(write_file, allowed.path() + "/file").get(), 0);
  EXPECT_EQ(pool.submit(write_file, forbidden.path() + "/file").get(), EACCES);
  EXPECT_EQ(pool.submit(write_file, "/dev/null").get(), 0);
  EXPECT_EQ(pool.submit(read_file, "/proc/self/stat").get(), 0);
  EXPECT_EQ(pool.submit(open_socket, AF_INET).get(), EPERM);
  EXPECT_EQ(pool.submit(signal_process, ::getpid()).get(), EPERM);
  EXPECT_EQ(write_file(forbidden.path() + "/file"), 0);
  // It is replaced by one that is no freer.
  EXPECT_THROW(pool.submit([] { std::raise(SIGKILL); }).get(), tutti::worker_crashed);
  EXPECT_EQ(pool.submit(write_file, forbidden.path() + "/file").get(), EACCES);
}

TEST(sandbox, says_what_the_machine_cannot_enforce) {
  const tutti::testing::fault no_landlock{"process.landlock", ENOSYS};
  const tutti::testing::fault no_seccomp{"process.seccomp", ENOSYS};
  process_pool pool{{.workers = 1, .sandbox = sandbox::compute_only}};
  std::string gaps;
  for (const std::string& one : pool.sandbox_gaps()) gaps += one + "\n";
  EXPECT_NE(gaps.find("network: this kernel refuses no system calls"), gaps.npos) << gaps;
  EXPECT_NE(gaps.find("files: this kernel has no Landlock"), gaps.npos) << gaps;
  EXPECT_NE(gaps.find("system calls: this kernel refuses none"), gaps.npos) << gaps;
  EXPECT_EQ(pool.submit(open_socket, AF_INET).get(), 0);
  EXPECT_EQ(pool.submit(read_file, "/proc/self/stat").get(), 0);
  // What can be had is in force.
  EXPECT_EQ(pool.submit([] { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }).get(), 1);
}

TEST(sandbox, no_second_set_of_numbers_leads_past_it) {
#if defined(__x86_64__)
  process_pool pool{{.workers = 1, .sandbox = sandbox::no_network}};
  if (!pool.sandbox_gaps().empty()) GTEST_SKIP() << pool.sandbox_gaps()[0];
  const auto make_socket = [] {
    return ::syscall(0x40000000 | SYS_socket, AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
  };
  EXPECT_EQ(pool.submit(make_socket).get(), EPERM);  // not ENOSYS: the filter was first
#endif
}

TEST(sandbox, a_writable_path_must_exist) {
  const std::string_view writable[] = {"/nowhere/at/all"};
  try {
    process_pool pool{{.workers = 1, .sandbox = sandbox::read_only, .writable = writable}};
    if (!pool.sandbox_gaps().empty()) GTEST_SKIP() << pool.sandbox_gaps()[0];
    ADD_FAILURE();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code().value(), ENOENT);
    EXPECT_NE(std::string(e.what()).find("/nowhere/at/all"), std::string::npos);
  }
}

TEST(sandbox, compute_only_computes) {
#if defined(TUTTI_ASAN) || defined(TUTTI_TSAN)
  GTEST_SKIP() << "sanitizers need files and calls of their own";
#endif
  process_pool pool{{.workers = 2, .sandbox = sandbox::compute_only}};
  if (!pool.sandbox_gaps().empty()) GTEST_SKIP() << pool.sandbox_gaps()[0];
  EXPECT_EQ(pool.submit(square, 3).get(), 9);
  EXPECT_EQ(pool.map(square, std::vector{1, 2, 3}).get(), (std::vector{1, 4, 9}));
  const std::vector<double> large(1 << 20, 1.5);
  EXPECT_EQ(pool.submit([](std::vector<double> v) { return v; }, large).get(), large);
  EXPECT_EQ(pool.submit(read_file, "/etc/hostname").get(), EPERM);
  EXPECT_EQ(pool.submit(write_file, "/dev/null").get(), EPERM);
  EXPECT_EQ(pool.submit(open_socket, AF_UNIX).get(), EPERM);
  EXPECT_EQ(pool.submit(signal_process, ::getpid()).get(), EPERM);
  EXPECT_EQ(pool.submit([] { return ::fork() < 0 ? errno : 0; }).get(), EPERM);
  const auto in_a_thread = [](int x) {
    int result = 0;
    std::thread([&] { result = square(x); }).join();
    return result;
  };
  EXPECT_EQ(pool.submit(in_a_thread, 5).get(), 25);
  EXPECT_THROW(pool.submit([] { throw std::out_of_range("no"); }).get(), std::out_of_range);
  try {
    pool.submit([] { std::abort(); }).get();
    ADD_FAILURE();
  } catch (const tutti::worker_crashed& e) {
    EXPECT_EQ(e.signal(), SIGABRT);
  }
  EXPECT_NE(pool.submit(own_pid).get(), ::getpid());
  // What the documentation says it cannot.
  const tutti::shared_array<int> array{16};
  EXPECT_THROW(pool.submit([](tutti::shared_array<int> a) { return a.span()[0]; }, array).get(),
               std::system_error);
}

}  // namespace
