#include <tutti/pattern/producer_consumer.hpp>

#include <stdexcept>
#include <string>

namespace tutti::detail {

void throw_no_side(const char* side) {
  throw std::invalid_argument(std::string("producer_consumer: there is at least 1 ") + side);
}

}  // namespace tutti::detail
