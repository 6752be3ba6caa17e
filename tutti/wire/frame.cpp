#include <tutti/wire/frame.hpp>

#include <string>

namespace tutti::wire {

std::vector<std::byte> make_frame(std::uint16_t kind, std::span<const std::byte> body) {
  frame_head head;
  head.kind = kind;
  head.length = body.size();
  std::vector<std::byte> frame(sizeof head + body.size());
  byte_writer out{frame};
  out.put_value(head);
  out.put(body.data(), body.size());
  return frame;
}

std::optional<frame_head> read_head(std::span<const std::byte> arrived, std::size_t limit) {
  if (arrived.size() < sizeof(frame_head)) return std::nullopt;
  const auto head = byte_reader{arrived}.take_value<frame_head>();
  if (head.magic != frame_head{}.magic) throw wire_error("this is not a message of tutti's");
  if (head.version != frame_version)
    throw wire_error("the other side speaks version " + std::to_string(head.version) +
                     " of the protocol, this one " + std::to_string(frame_version));
  if (head.length > limit)
    throw wire_error("a message of " + std::to_string(head.length) +
                     " bytes is over the limit of " + std::to_string(limit));
  return head;
}

}  // namespace tutti::wire
