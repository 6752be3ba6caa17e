#include <tutti/process/detail/pool_call.hpp>

#include <algorithm>
#include <utility>

#include <tutti/core/detail/remote_trace.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/process/detail/baggage.hpp>
#include <tutti/process/detail/write_call.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/wire/failure.hpp>

namespace tutti::detail {
namespace {

constexpr std::size_t digested_max = 1 << 20;

/// FNV-1a, gone on with.
std::uint64_t digest(std::span<const std::byte> bytes,
                     std::uint64_t from = 0xcbf29ce484222325) noexcept {
  for (const std::byte b : bytes.first(std::min<std::size_t>(bytes.size(), digested_max)))
    from = (from ^ static_cast<std::uint64_t>(b)) * 0x100000001b3;
  return from;
}

}  // namespace

std::exception_ptr failure_from_worker(wire::byte_reader& in) {
  std::string trace;
  std::exception_ptr failure = wire::decode_failure(in, &trace);
  if (!trace.empty()) note_remote_trace(failure, std::move(trace));
  return failure;
}

std::string pool_call::name() const {
  if (code == nullptr) return std::string(type_name);
  // In a simulation it is asked in run after run.
  return sys::current_world != nullptr ? os::kept_function_name(code) : os::function_name(code);
}

/// A block in shared memory is longer than what lies in it.
std::span<const std::byte> pool_call::arguments_in(
    std::span<const std::byte> memory) const noexcept {
  if (length <= call_cell::room) memory = std::span<const std::byte>(inside);
  return memory.subspan(baggage, length - baggage);
}

std::string pool_call::arguments_text(std::span<const std::byte> bytes) const {
  bytes = arguments_in(bytes);
  const std::uint64_t number = digest(bytes);
  char text[17] = {};
  for (int i = 0; i < 16; ++i) text[i] = "0123456789abcdef"[(number >> (60 - 4 * i)) & 15];
  return std::to_string(length - baggage) + " bytes of arguments (digest " + text + ")";
}

std::uint64_t pool_call::fingerprint(std::span<const std::byte> bytes) const noexcept {
  bytes = arguments_in(bytes);
  const std::uint64_t who[] = {entry.module, entry.offset, target.module, target.offset,
                               length - baggage};
  return digest(bytes, digest(std::as_bytes(std::span(who))));
}

void write_arguments(pool_call& call, argument_memory memory,
                     function_ref<void(wire::byte_writer&)> write) {
  const bool carries = has_baggage(call);
  const auto write_all = [&](wire::byte_writer& out) {
    if (carries) write_baggage(out, call);
    call.baggage = out.total();
    write(out);
  };
  wire::byte_writer small{call.inside};
  write_all(small);
  call.length = small.total();
  if (small.fits()) {
    call.kept = small.take_kept();
    return;
  }
  wire::byte_writer large{memory(call, call.length).first(call.length)};
  write_all(large);
  call.kept = large.take_kept();
}

}  // namespace tutti::detail
