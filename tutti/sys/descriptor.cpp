#include <tutti/sys/descriptor.hpp>

#include <unistd.h>

namespace tutti::sys {

void descriptor::reset() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace tutti::sys
