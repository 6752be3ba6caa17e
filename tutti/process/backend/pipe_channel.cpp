#include <tutti/process/backend/pipe_channel.hpp>

#include <cerrno>

#include <tutti/process/backend/os.hpp>

namespace tutti::detail {

channel::result pipe_channel::read(std::span<std::byte> into) noexcept {
  if (direction_ != direction::read) return {0, EBADF};
  const os::moved got = os::read_now(fd_.fd(), into);
  if (got.error == would_wait) fd_.clear(direction::read);
  return {got.count, got.error};
}

channel::result pipe_channel::write(std::span<const std::byte> from) noexcept {
  if (direction_ != direction::write || !fd_.is_open()) return {0, EBADF};
  const os::moved put = os::write_now(fd_.fd(), from);
  if (put.error == would_wait) fd_.clear(direction::write);
  return {put.count, put.error};
}

int pipe_channel::shutdown_write() noexcept {
  fd_.close();
  return 0;
}

}  // namespace tutti::detail
