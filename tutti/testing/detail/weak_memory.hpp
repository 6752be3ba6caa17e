/// \file
/// What C++ lets a load see: not only the newest value.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include <tutti/sys/memory_model.hpp>

namespace tutti::detail {

class simulation;

/// A memory of messages. A store leaves a message at the end of its variable's history; a load
/// takes any message that is not older than what its strand already knows, by itself or because it
/// acquired what another one released. What a strand knows is a view: for every variable the oldest
/// message it may still see. Sequentially consistent accesses and fences share one more view.
///
/// Source: Kang, Hur, Lahav, Vafeiadis, Dreyer: "A promising semantics for relaxed-memory
/// concurrency" (POPL 2017), without promises; bounded as in loom and relacy.
///
/// Not modelled (weak_memory_limits says so to people): a load that sees a store made later, two
/// stores to one variable in another order than they were made, more than `kept_max` old values,
/// a failed strong comparison with an old value, memory other than atomics and `shared`.
///
/// Threads:  the simulation's one.
/// Lifetime: the simulation's; forgets everything with every run.
/// Wakes:    nobody.
/// Order:    see above.
/// Cancel:   cannot be.
class weak_memory final : public sys::memory_model {
 public:
  static constexpr std::uint32_t kept_max = 8;  ///< messages of one variable

  explicit weak_memory(simulation& of) noexcept : simulation_(of) {}
  void begin_run();
  /// `child` knows what `parent` knows; and the other way when it has ended.
  void strand_started(std::uint32_t parent, std::uint32_t child);
  void strand_joined(std::uint32_t parent, std::uint32_t child);
  /// `whom` was woken by `who` and knows what that one knows.
  void strand_told(std::uint32_t who, std::uint32_t whom);

  void made(const void* at) noexcept override;
  std::uint64_t load(const void* at, std::uint64_t newest,
                     std::memory_order order) noexcept override;
  void store(const void* at, std::uint64_t before, std::uint64_t value,
             std::memory_order order) noexcept override;
  void exchange(const void* at, std::uint64_t before, std::uint64_t value,
                std::memory_order order) noexcept override;
  void look(const void* at, std::uint64_t newest, std::memory_order order) noexcept override;
  bool fails_for_nothing() noexcept override;
  void fence() noexcept override;

 private:
  using stamp = std::uint32_t;
  /// By the variable's number; what is missing is 0.
  class view {
   public:
    stamp at(std::uint32_t n) const noexcept { return n < known_.size() ? known_[n] : 0; }
    void raise(std::uint32_t n, stamp to);
    void join(const view& other);
    void clear() noexcept { known_.clear(); }

   private:
    std::vector<stamp> known_;
  };
  struct message {
    std::uint64_t value = 0;
    view released;
  };
  struct variable {
    std::uint32_t number = 0;
    stamp newest = 0;
    std::deque<message> kept;  // the newest last
    message& last() noexcept { return kept.back(); }
    stamp oldest() const noexcept { return newest - static_cast<stamp>(kept.size() - 1); }
  };
  struct knowledge {
    view now;       // what it may not look behind
    view acquired;  // what a fence would add
    view released;  // what a relaxed store carries: all before the last fence
  };

  knowledge& mine() noexcept;
  variable& find(const void* at, std::uint64_t newest);
  void append(variable& v, std::uint64_t value, std::memory_order order, bool reads_too);
  void take(const message& m, std::memory_order order);

  simulation& simulation_;
  std::unordered_map<const void*, variable> variables_;
  std::uint32_t numbers_ = 0;
  std::vector<knowledge> strands_;
  view consistent_;  // of all sequentially consistent accesses and fences
};

}  // namespace tutti::detail
