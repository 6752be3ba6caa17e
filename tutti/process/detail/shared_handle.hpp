/// \file
/// What handles to shared memory have in common: how they cross.
#pragma once

#include <utility>

#include <tutti/process/detail/shared_block.hpp>
#include <tutti/wire/crossing.hpp>

namespace tutti::detail {

/// A handle `H` keeps `block_`, can be made from one, and says what lies in it as `H::layout`.
template <class H>
struct handle_crossing {
  static void encode(wire::byte_writer& out, const H& handle) {
    shared_block::encode(out, handle.block_);
  }
  static H decode(wire::byte_reader& in) {
    return H(shared_block::decode(in, sizeof(typename H::layout)));
  }
};

}  // namespace tutti::detail
