/// \file
/// Between two parts of a pipeline: numbered items in a bounded buffer.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <tutti/sync/permit.hpp>
#include <tutti/sync/queue.hpp>
#include <tutti/sync/semaphore.hpp>

namespace tutti::detail {

template <class T>
struct numbered {
  numbered(std::size_t n, T&& v) : number(n), value(std::move(v)) {}
  std::size_t number;
  T value;
};

/// What comes out of a part, in the order of the numbers, or as it comes.
///
/// Threads:  every worker of the part before it and of the part behind it, in parallel on a pool.
/// Lifetime: in the part before it, which lives as long as the pipeline.
/// Wakes:    as queue and semaphore.
/// Order:    items leave numbered 0, 1, 2, …; `number` at put() says where an item belongs.
/// Cancel:   a cancelled worker may take items along: then the whole pipeline is cancelled.
///
/// A worker holds a permit from before it takes an item until that item has left, so all items that
/// are under way have numbers within `window` of the next one to leave, and a ring of that size
/// holds those that are ready too early. Whoever brings the next one to leave takes everything out
/// that is ready; one worker at a time does so, the others put their item down and go on.
template <class T>
class conveyor {
 public:
  conveyor(std::size_t buffer, std::size_t window, std::size_t writers, bool ordered)
      : items_(buffer), window_(window), ready_(window), writing_(writers), ordered_(ordered) {}

  auto enter() noexcept { return window_.async_acquire(); }

  task<> put(std::size_t number, T value, permit held) {
    {
      sys::lock hold(mu_);
      if (!ordered_) number = arrived_++;
      ready_[number % ready_.size()].emplace(std::move(value), std::move(held));
      if (std::exchange(leaving_, true)) co_return;  // who is at it sees this one too
    }
    while (auto next = take_next()) {
      co_await items_.async_put(std::move(next->item));
      next->held.release();
    }
  }
  /// For a part with one writer: the next number, without a detour.
  task<> put_next(T value) { co_await items_.async_put(numbered<T>(next_++, std::move(value))); }

  auto get() noexcept { return items_.async_next(); }
  void writer_done() noexcept {
    if (writing_.fetch_sub(1, sys::acq_rel) == 1) items_.close();  // pairs: conveyor.writing
  }
  std::size_t size() const noexcept { return items_.size(); }

 private:
  struct early {
    early(T&& v, permit&& p) : value(std::move(v)), held(std::move(p)) {}
    T value;
    permit held;
  };
  struct leaving {
    leaving(std::size_t n, early&& e) : item(n, std::move(e.value)), held(std::move(e.held)) {}
    numbered<T> item;
    permit held;
  };
  /// The next one in turn, if it is ready; otherwise nobody is at it any more.
  std::optional<leaving> take_next() {
    sys::lock hold(mu_);
    std::optional<early>& slot = ready_[next_ % ready_.size()];
    std::optional<leaving> out;
    if (slot) {
      out.emplace(next_++, *std::move(slot));
      slot.reset();
    } else {
      leaving_ = false;
    }
    return out;
  }

  queue<numbered<T>> items_;
  semaphore window_;
  sys::mutex mu_;
  std::vector<std::optional<early>> ready_ TUTTI_GUARDED_BY(mu_);
  std::size_t next_ = 0;  // guarded by mu_, or owner: the only writer
  std::size_t arrived_ TUTTI_GUARDED_BY(mu_) = 0;
  bool leaving_ TUTTI_GUARDED_BY(mu_) = false;  ///< a worker is taking items out
  sys::atomic<std::size_t> writing_;
  const bool ordered_;
};

}  // namespace tutti::detail
