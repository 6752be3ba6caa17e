#include <tutti/wire/bytes.hpp>

namespace tutti::wire {

namespace detail {

void fail_short(std::size_t wanted, std::size_t left) {
  throw wire_error("the bytes end too early: " + std::to_string(wanted) + " wanted, " +
                   std::to_string(left) + " left");
}

void fail_depth() {
  throw wire_error("a value nested more than " + std::to_string(depth_max) +
                   " levels deep cannot be sent: send it as a flat container");
}

void fail_value(const char* what) {
  throw wire_error(std::string("the bytes do not make sense: ") + what);
}

}  // namespace detail

void byte_writer::put_count(std::uint64_t count) noexcept {
  while (count >= 0x80) {
    put_value(static_cast<unsigned char>(count | 0x80));
    count >>= 7;
  }
  put_value(static_cast<unsigned char>(count));
}

std::uint64_t byte_reader::take_count() {
  std::uint64_t count = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = take_value<unsigned char>();
    if (shift == 63 && byte > 1) break;
    count |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return count;
  }
  detail::fail_value("a number longer than 64 bits");
}

std::size_t byte_reader::take_length(std::size_t each) {
  const std::uint64_t count = take_count();
  if (TUTTI_UNLIKELY(count > left() / each))
    detail::fail_short(static_cast<std::size_t>(count), left() / each);
  return static_cast<std::size_t>(count);
}

std::string byte_reader::take_text() {
  const std::size_t length = take_length(1);
  const std::byte* from = skip(length);
  return std::string(reinterpret_cast<const char*>(from), length);
}

}  // namespace tutti::wire
