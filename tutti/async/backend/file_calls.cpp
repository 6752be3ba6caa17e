#include <tutti/async/backend/file_calls.hpp>

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include <tutti/async/file.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {
namespace {

int flags_of(unsigned how) noexcept {
  const bool reads = (how & file::read) != 0;
  const bool writes = (how & (file::write | file::append)) != 0;
  int flags = O_CLOEXEC | (reads && writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY);
  if ((how & file::create) != 0) flags |= O_CREAT;
  if ((how & file::truncate) != 0) flags |= O_TRUNC;
  if ((how & file::append) != 0) flags |= O_APPEND;
  if ((how & file::exclusive) != 0) flags |= O_EXCL;
  return flags;
}

}  // namespace

sys::descriptor open_blocking(std::string path, unsigned how, unsigned permissions) {
  for (;;) {
    int number = sys::injected_fault("file.open");
    if (number == 0) {
      sys::descriptor fd(::open(path.c_str(), flags_of(how), permissions));
      if (fd) return fd;
      number = errno;
    }
    if (number != EINTR) throw std::system_error(number, std::generic_category(), "open " + path);
  }
}

std::int64_t do_blocking(io_request* r) {
  for (;;) {
    ssize_t n = -1;
    switch (r->what) {
      case io_request::kind::read:
        n = ::pread(r->fd, r->data, r->size, static_cast<off_t>(r->offset));
        break;
      case io_request::kind::write:
        n = ::pwrite(r->fd, r->data, r->size, static_cast<off_t>(r->offset));
        break;
      case io_request::kind::sync:
        n = ::fsync(r->fd);
        break;
    }
    if (n >= 0) return n;
    if (errno != EINTR) return -errno;
  }
}

}  // namespace tutti::detail
