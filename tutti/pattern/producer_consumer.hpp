/// \file
/// Some make items, others use them, a bounded queue between them: `producer_consumer`.
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

#include <tutti/base/invoke.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/generator.hpp>
#include <tutti/sync/queue.hpp>

TUTTI_CLOSURE_FRAMES_BEGIN

namespace tutti {

/// Options of `producer_consumer`.
struct producer_consumer_options {
  std::size_t buffer = 16;  ///< items that may wait between the two sides, at least 1
};

/// What `producer_consumer` gives.
struct producer_consumer_result {
  std::size_t items = 0;        ///< made and used
  std::size_t waiting_max = 0;  ///< the most that waited at once; at most the buffer
};

namespace detail {

template <class Made>
struct made_item {
  using type = std::iter_value_t<decltype(std::begin(std::declval<Made&>()))>;
};
template <class T>
struct made_item<async_generator<T>> {
  using type = T;
};

/// `produce(i)`, or `produce()` where it wants no number.
template <class Produce>
auto begin_producing(Produce& produce, unsigned i) {
  if constexpr (std::invocable<Produce&, unsigned>) {
    return detail::invoke(produce, i);
  } else {
    return detail::invoke(produce);
  }
}
template <class Produce>
using produced_t = decltype(detail::begin_producing(std::declval<Produce&>(), 0U));
template <class Produce>
using produced_item_t = typename made_item<produced_t<Produce>>::type;

/// What the two sides share.
///
/// Threads:  both sides, in parallel on a pool.
/// Lifetime: in the frame of producer_consumer, which outlives both.
/// Wakes:    as queue; the last producer closes it.
/// Order:    as queue.
/// Cancel:   as queue.
template <class T>
class market {
 public:
  market(std::size_t buffer, unsigned producers) : items_(buffer), producing_(producers) {}

  task<> put(T item) {
    co_await items_.async_put(std::move(item));
    const std::size_t waiting = items_.size();
    count_.fetch_add(1, sys::relaxed);
    std::size_t most = most_.load(sys::relaxed);
    while (most < waiting &&
           !most_.compare_exchange_weak(most, waiting, sys::relaxed, sys::relaxed)) {
    }
  }
  auto get() noexcept { return items_.async_next(); }
  void producer_done() noexcept {
    if (producing_.fetch_sub(1, sys::acq_rel) == 1) items_.close();  // pairs: market.producing
  }
  producer_consumer_result result() const noexcept {
    return {count_.load(sys::relaxed), most_.load(sys::relaxed)};
  }

 private:
  queue<T> items_;
  sys::atomic<unsigned> producing_;
  sys::atomic<std::size_t> count_{0};
  sys::atomic<std::size_t> most_{0};
};

template <class T, class Produce>
task<> produce_all(market<T>& to, Produce& produce, unsigned i) {
  auto made = begin_producing(produce, i);
  if constexpr (std::is_same_v<produced_t<Produce>, async_generator<T>>) {
    while (auto item = co_await made.next()) co_await to.put(*std::move(item));
  } else {
    for (auto&& item : made) co_await to.put(std::forward<decltype(item)>(item));
  }
  to.producer_done();
}

template <class T, class Consume>
task<> consume_all(market<T>& from, Consume& consume) {
  while (auto item = co_await from.get()) {
    if constexpr (is_task<std::remove_cvref_t<std::invoke_result_t<Consume&, T>>>::value) {
      co_await detail::invoke(consume, *std::move(item));
    } else {
      detail::invoke(consume, *std::move(item));
    }
  }
}

[[noreturn]] void throw_no_side(const char* side);

template <class Produce, class Consume>
task<producer_consumer_result> trade(unsigned producers, unsigned consumers, Produce produce,
                                     Consume consume, std::size_t buffer) {
  market<produced_item_t<Produce>> between(buffer != 0 ? buffer : 1, producers);
  std::vector<task<>> sides;
  for (unsigned i = 0; i < producers; ++i) sides.push_back(produce_all(between, produce, i));
  for (unsigned i = 0; i < consumers; ++i) sides.push_back(consume_all(between, consume));
  co_await gather(std::move(sides));
  co_return between.result();
}

}  // namespace detail

/// Runs `producers` calls of `produce` and as many calls of `consume` as there are items, at most
/// `consumers` at once, with a bounded buffer between them.
///
/// `produce(i)` (or `produce()`) gives an `async_generator`, a `generator` or a container, whose
/// items go into the buffer; nobody asks it for more while the buffer is full. `consume(item)` is
/// a coroutine function or a plain callable. No sentinel: when the last producer ends, the
/// consumers take what is left and end too.
///
/// Completes:  when everything that was made has been used; gives how much that was.
/// Overlap:    all sides interleave on a loop, and run in parallel on a pool:
///             `on(pool, producer_consumer(…))`.
/// Ownership:  both callables are taken by value and live until the end.
/// Errors:     as in gather: the first failure of any side cancels the others and is rethrown.
/// Cancel:     cancels both sides and waits for them.
/// ```
/// tutti::async_generator<page> read(unsigned i);
/// tutti::task<> store(page p);
/// auto done = co_await tutti::producer_consumer(3, 4, read, store, {.buffer = 16});
/// ```
/// Source: the producer-consumer pattern; Python's `queue.Queue` with `shutdown`.
template <std::integral P, std::integral C, class Produce, class Consume>
TUTTI_CORO_WRAPPER task<producer_consumer_result> producer_consumer(
    P producers, C consumers, Produce&& produce, Consume&& consume,
    producer_consumer_options options = {}) {
  TUTTI_REFUSE_CLOSURE(Produce);
  TUTTI_REFUSE_CLOSURE(Consume);
  if (!std::cmp_greater(producers, 0)) detail::throw_no_side("producer");
  if (!std::cmp_greater(consumers, 0)) detail::throw_no_side("consumer");
  return detail::trade<std::decay_t<Produce>, std::decay_t<Consume>>(
      static_cast<unsigned>(producers), static_cast<unsigned>(consumers),
      std::forward<Produce>(produce), std::forward<Consume>(consume), options.buffer);
}

}  // namespace tutti

TUTTI_CLOSURE_FRAMES_END
