#include <tutti/async/byte_stream.hpp>

#include <tutti/async/detail/stream_body.hpp>

namespace tutti::net {

end_of_stream::end_of_stream(std::size_t received)
    : error("the stream ended after " + std::to_string(received) + " bytes, before the delimiter"),
      received_(received) {}
end_of_stream::end_of_stream(std::size_t received, std::size_t wanted)
    : error("the stream ended after " + std::to_string(received) + " of " + std::to_string(wanted) +
            " bytes"),
      received_(received) {}

byte_stream::byte_stream(std::unique_ptr<detail::channel> below)
    : body_(std::make_unique<detail::stream_body>(std::move(below))) {}
byte_stream::byte_stream(byte_stream&& other) noexcept = default;
byte_stream& byte_stream::operator=(byte_stream&& other) noexcept = default;
byte_stream::~byte_stream() = default;

detail::stream_body& byte_stream::body() const {
  if (TUTTI_UNLIKELY(body_ == nullptr)) throw closed("this stream was moved from");
  return *body_;
}

TUTTI_CORO_WRAPPER task<std::size_t> byte_stream::read_some(std::span<std::byte> into) {
  return body().read_some(into);
}
TUTTI_CORO_WRAPPER task<void> byte_stream::read_exactly(std::span<std::byte> into) {
  return body().read_exactly(into);
}
TUTTI_CORO_WRAPPER task<std::string> byte_stream::read_until(std::string_view delimiter,
                                                             std::size_t limit) {
  return body().read_until(delimiter, limit);
}
TUTTI_CORO_WRAPPER task<std::optional<std::string>> byte_stream::read_line(std::size_t limit) {
  return body().read_line(limit);
}
TUTTI_CORO_WRAPPER task<std::string> byte_stream::read_all(std::size_t limit) {
  return body().read_all(limit);
}
TUTTI_CORO_WRAPPER task<void> byte_stream::write(std::span<const std::byte> bytes) {
  return body().write(bytes);
}
TUTTI_CORO_WRAPPER task<void> byte_stream::write(std::string_view text) {
  return body().write(std::as_bytes(std::span(text)));
}
TUTTI_CORO_WRAPPER task<void> byte_stream::flush() { return body().flush(); }
TUTTI_CORO_WRAPPER task<void> byte_stream::shutdown_write() { return body().shutdown_write(); }

void byte_stream::close() noexcept {
  if (body_ != nullptr) body_->close();
}
bool byte_stream::is_open() const noexcept { return body_ != nullptr && body_->is_open(); }

}  // namespace tutti::net
