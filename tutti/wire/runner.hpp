/// \file
/// The seam between a call made of bytes and whoever carries it out.
#pragma once

#include <cstdint>
#include <exception>
#include <span>
#include <string_view>

#include <tutti/wire/bytes.hpp>

namespace tutti::wire {

/// Where the outcome of a call goes; implemented by each transport.
class reply {
 public:
  virtual ~reply() = default;
  /// The arguments have been taken out of their bytes; nothing refers to those any more.
  virtual void decoded() {}
  /// The result: `encode(out, value)` writes it, once to count and once for good.
  virtual void value(void (*encode)(byte_writer&, const void*), const void* value) = 0;
  /// The call threw, or its bytes made no sense.
  virtual void failure(std::exception_ptr error) = 0;
};

/// Decodes, calls, answers: one such function per callable and argument list. `target` is the
/// function to call where that is known only at run time.
using entry_point = void (*)(const void* target, byte_reader& in, reply& out);

/// A call on its way.
struct call_record {
  entry_point entry = nullptr;
  const void* target = nullptr;
  std::span<const std::byte> arguments;
  std::uint64_t sender = 0;  ///< pid of the process that made the bytes
  std::string_view name;
};

/// Carries out a call here and now; whatever it throws goes to the reply.
void perform(const call_record& call, reply& out) noexcept;

/// Threads:  run() from anywhere unless the runner says otherwise; the reply is used from one
/// thread at a time. Lifetime: outlives the calls given to it; call and reply outlive run() only if
/// the runner says so. Wakes:    nobody by itself: the reply does. Order:    replies may come in
/// any order. Cancel:   through whoever made the call.
///
/// Where a decoded call goes: a process pool's worker, a cluster's worker, this thread, a recorder
/// in a test.
class runner {
 public:
  virtual ~runner() = default;
  virtual void run(const call_record& call, reply& out) = 0;
};

/// Runs every call in the calling thread.
class local_runner final : public runner {
 public:
  void run(const call_record& call, reply& out) override { perform(call, out); }
};

}  // namespace tutti::wire
