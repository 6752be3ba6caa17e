/// \file
/// What must hold however a run went: every piece of work ends once, permits are not made up,
/// first come is first served.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <source_location>
#include <string>

#include <tutti/sys/world.hpp>
#include <tutti/testing/detail/allocations.hpp>
#include <tutti/testing/failure.hpp>

namespace tutti::testing {

/// Everything submitted ends exactly once: with a result, an error, or cancelled.
///
/// Threads:  in a simulation all strands; elsewhere one at a time.
/// Lifetime: outlives the work.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   cannot be.
class exactly_once {
 public:
  void submitted(std::uint64_t id, std::source_location w = std::source_location::current()) {
    sys::reach_further();
    const detail::unfailing note;
    check(ends_.emplace(id, 0).second, "submitted twice: " + std::to_string(id), w);
  }
  void ended(std::uint64_t id, std::source_location w = std::source_location::current()) {
    sys::reach_further();
    const auto at = ends_.find(id);
    check(at != ends_.end(), "ended, but never submitted: " + std::to_string(id), w);
    check(++at->second == 1, "ended twice: " + std::to_string(id), w);
  }
  /// At the end: nothing is missing.
  void settle(std::source_location w = std::source_location::current()) const {
    sys::reach_further();
    for (const auto& [id, times] : ends_) {
      check(times != 0, "never ended: " + std::to_string(id), w);
    }
  }

 private:
  std::map<std::uint64_t, unsigned> ends_;
};

/// Of `n` permits never more than `n` are out, and at the end none.
///
/// Threads:  in a simulation all strands; elsewhere one at a time.
/// Lifetime: outlives the holders.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   cannot be.
class permits_conserved {
 public:
  explicit permits_conserved(std::size_t n) noexcept : permits_(n) {}
  void taken(std::source_location w = std::source_location::current()) {
    sys::reach_further();
    ++out_;
    const detail::unfailing note;
    check(out_ <= permits_, std::to_string(out_) + " hold " + std::to_string(permits_) + " permits",
          w);
  }
  void given(std::source_location w = std::source_location::current()) {
    sys::reach_further();
    check(out_ != 0, "a permit was given back that nobody held", w);
    --out_;
  }
  void settle(std::source_location w = std::source_location::current()) const {
    sys::reach_further();
    check(out_ == 0, std::to_string(out_) + " permits were never given back", w);
  }

 private:
  std::size_t permits_;
  std::size_t out_ = 0;
};

/// Who came first goes first.
///
/// Threads:  in a simulation all strands; elsewhere one at a time.
/// Lifetime: outlives those who queue.
/// Wakes:    nobody.
/// Order:    none.
/// Cancel:   left() for one who gave up.
class first_come_first_served {
 public:
  void came(std::uint64_t id) {
    sys::reach_further();
    const detail::unfailing note;
    line_.push_back(id);
  }
  void served(std::uint64_t id, std::source_location w = std::source_location::current()) {
    sys::reach_further();
    const detail::unfailing note;
    check(!line_.empty() && line_.front() == id,
          std::to_string(id) + " was served before " +
              (line_.empty() ? std::string("it came") : std::to_string(line_.front())),
          w);
    line_.pop_front();
  }
  void left(std::uint64_t id) {
    sys::reach_further();
    std::erase(line_, id);
  }

 private:
  std::deque<std::uint64_t> line_;
};

}  // namespace tutti::testing
