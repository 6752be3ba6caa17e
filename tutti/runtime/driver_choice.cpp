#include <tutti/runtime/driver_choice.hpp>

#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include <tutti/async/backend/epoll.hpp>
#include <tutti/async/backend/io_uring.hpp>
#include <tutti/async/plain_driver.hpp>
#include <tutti/base/error.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {
namespace {

io_backend wish_of_environment(io_backend wish) {
  const char* const text = std::getenv("TUTTI_IO");
  if (text == nullptr || *text == '\0' || wish != io_backend::automatic) return wish;
  const std::string_view name = text;
  if (name == "epoll") return io_backend::epoll;
  if (name == "io_uring") return io_backend::io_uring;
  if (name == "automatic") return io_backend::automatic;
  throw error("TUTTI_IO is \"" + std::string(name) + "\"; it may be io_uring, epoll or automatic");
}

}  // namespace

std::unique_ptr<driver> make_driver(io_backend wish) {
  if (sys::current_world != nullptr) return std::make_unique<plain_driver>();
  wish = wish_of_environment(wish);
  if (wish == io_backend::io_uring) return make_io_uring_driver();
  if (wish == io_backend::automatic) {
    try {
      return make_io_uring_driver();
    } catch (const std::system_error&) {
      // Not allowed here: containers often deny it.
    }
  }
  return make_epoll_driver();
}

}  // namespace tutti::detail
