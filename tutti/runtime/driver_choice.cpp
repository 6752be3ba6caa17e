#include <tutti/runtime/driver_choice.hpp>

#include <tutti/async/plain_driver.hpp>

namespace tutti::detail {

std::unique_ptr<driver> make_driver(io_backend) { return std::make_unique<plain_driver>(); }

}  // namespace tutti::detail
