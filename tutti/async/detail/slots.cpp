#include <tutti/async/detail/slots.hpp>

namespace tutti::detail {

task<slots::holder> slots::take() {
  while (free_ == 0) {
    freed_.clear(direction::read);
    co_await freed_.until(direction::read);
  }
  co_return holder(*this);
}

}  // namespace tutti::detail
