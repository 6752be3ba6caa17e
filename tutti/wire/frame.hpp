/// \file
/// Messages on a byte stream: a fixed head with version and length, then the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <tutti/wire/bytes.hpp>

namespace tutti::wire {

inline constexpr std::uint16_t frame_version = 1;
/// Refused unless a caller allows more: what a stranger may make us hold in memory.
inline constexpr std::size_t frame_bytes_max = std::size_t{1} << 30;

/// The sixteen bytes before every message.
struct frame_head {
  std::uint32_t magic = 0x31747475;  // "utt1"
  std::uint16_t version = frame_version;
  std::uint16_t kind = 0;
  std::uint64_t length = 0;
};
static_assert(sizeof(frame_head) == 16);

/// A whole message as it goes over the stream.
std::vector<std::byte> make_frame(std::uint16_t kind, std::span<const std::byte> body);

/// The head of what has arrived; empty while there is too little of it. Throws wire_error for
/// another protocol, another version or a body longer than `limit`.
std::optional<frame_head> read_head(std::span<const std::byte> arrived,
                                    std::size_t limit = frame_bytes_max);

}  // namespace tutti::wire
