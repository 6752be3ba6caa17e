/// \file
/// Two ends of a stream that never leave memory.
#pragma once

#include <cstddef>
#include <utility>

#include <tutti/async/byte_stream.hpp>

namespace tutti::testing {

/// A pair of connected streams: what is written into one is read from the other, in order. Each
/// direction holds at most `buffer` bytes, then writing waits; with 1 both sides go in lockstep.
/// Outside of simulations both ends are used on one loop. The fault sites are those of real
/// streams, "net.read" and "net.write".
/// ```
/// auto [a, b] = testing::memory_stream_pair();
/// co_await a.write("hi\n");
/// auto line = co_await b.read_line();
/// ```
/// Source: `trio.testing.memory_stream_pair`.
std::pair<net::byte_stream, net::byte_stream> memory_stream_pair(std::size_t buffer = 64 * 1024);

}  // namespace tutti::testing
