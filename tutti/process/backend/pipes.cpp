#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <cerrno>

#include <tutti/async/detail/call_fault.hpp>
#include <tutti/process/backend/os.hpp>

namespace tutti::detail::os {

sys::descriptor create_named(const std::string& name, std::size_t bytes) {
  sys::descriptor fd{call_at("process.named", [&] {
    return ::shm_open(("/" + name).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  })};
  if (!fd) fail("creating named shared memory");
  try {
    grow_memory(fd.get(), 0, bytes);
  } catch (...) {
    remove_name(name);
    throw;
  }
  return fd;
}

sys::descriptor open_named(const std::string& name) {
  sys::descriptor fd{call_at(
      "process.named", [&] { return ::shm_open(("/" + name).c_str(), O_RDWR | O_CLOEXEC, 0); })};
  if (!fd) fail("opening named shared memory");
  return fd;
}

void remove_name(const std::string& name) noexcept { ::shm_unlink(("/" + name).c_str()); }

pipe_ends make_pipe() {
  int ends[2];
  if (call_at("process.pipe", [&] { return ::pipe2(ends, O_CLOEXEC); }) != 0) fail("pipe2");
  return {sys::descriptor{ends[0]}, sys::descriptor{ends[1]}};
}

moved read_now(int fd, std::span<std::byte> into) noexcept {
  if (const int number = call_fault("pipe.read"); number != 0) return {0, number};
  into = into.first(call_share("pipe.short_read", into.size()));
  for (;;) {
    const ssize_t count = ::read(fd, into.data(), into.size());
    if (count >= 0) return {static_cast<std::size_t>(count), 0};
    if (errno != EINTR) return {0, errno};
  }
}

moved write_now(int fd, std::span<const std::byte> from) noexcept {
  if (const int number = call_fault("pipe.write"); number != 0) return {0, number};
  from = from.first(call_share("pipe.short_write", from.size()));
  // A pipe has no way to say "no SIGPIPE, please" for one call: it is held back and, if it came,
  // taken away.
  sigset_t pipe_signal;
  sigset_t before;
  sigset_t pending;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::sigpending(&pending);
  const bool was_pending = ::sigismember(&pending, SIGPIPE) == 1;
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  moved done;
  ssize_t written;
  do {
    written = ::write(fd, from.data(), from.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0) {
    done.error = errno;
  } else {
    done.count = static_cast<std::size_t>(written);
  }
  if (done.error == EPIPE && !was_pending) {
    const timespec none{};
    while (::sigtimedwait(&pipe_signal, nullptr, &none) == -1 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return done;
}

void make_impatient(int fd) {
  if (::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) fail("fcntl");
}

void wait_writable(int fd) {
  pollfd look{fd, POLLOUT, 0};
  while (::poll(&look, 1, -1) < 0 && errno == EINTR) {
  }
}

void wait_readable(int fd) {
  pollfd look{fd, POLLIN, 0};
  while (::poll(&look, 1, -1) < 0 && errno == EINTR) {
  }
}

bool is_readable(int fd) noexcept {
  pollfd look{fd, POLLIN, 0};
  return ::poll(&look, 1, 0) > 0;
}

}  // namespace tutti::detail::os
