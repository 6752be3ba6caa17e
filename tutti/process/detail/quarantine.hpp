/// \file
/// Which calls have killed workers, and how often: so that the same one is not tried for ever.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include <tutti/process/backend/os.hpp>

namespace tutti::detail {

/// Keys are fingerprints of calls: function and arguments (pool_call::fingerprint).
///
/// Threads:  note() and find() under the pool's mutex.
/// Lifetime: the pool's.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   nothing to cancel.
class quarantine {
 public:
  struct record {
    unsigned deaths = 0;
    os::ended last;  ///< how the last worker ended
  };
  /// `after`: so many deaths put a call in quarantine; 0: nothing is ever noted.
  explicit quarantine(unsigned after) noexcept : after_(after) {}

  /// A worker died of this call. True: it is in quarantine now.
  bool note(std::uint64_t key, os::ended how) noexcept;
  /// The record of a call in quarantine; null for all others.
  const record* find(std::uint64_t key) const noexcept;
  bool on() const noexcept { return after_ != 0; }

 private:
  /// Calls remembered at most; when there are more, all are forgiven.
  static constexpr std::size_t records_max = 4096;
  const unsigned after_;
  std::unordered_map<std::uint64_t, record> records_;
};

}  // namespace tutti::detail
