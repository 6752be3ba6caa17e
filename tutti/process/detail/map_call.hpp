/// \file
/// A map over a pool: its inputs in chunks, each one call, their results put together again in
/// order.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <tutti/core/awaitable.hpp>
#include <tutti/core/future.hpp>
#include <tutti/process/detail/process_pool_core.hpp>
#include <tutti/process/detail/write_call.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/wire/call.hpp>

namespace tutti::detail {

/// Runs a chunk in the worker: elements are taken out of their bytes one by one.
template <class F, class P>
struct chunk_run {
  using result = std::invoke_result_t<F&, P>;
  using results = std::vector<regular<result>>;

  static void run(const void* target, wire::byte_reader& in, wire::reply& out) {
    if constexpr (wire::detail::is_function_pointer<F>) {
      each(reinterpret_cast<F>(const_cast<void*>(target)), in, out);
    } else {
      each(F{}, in, out);
    }
  }
  static void encode_results(wire::byte_writer& out, const void* value) {
    if constexpr (!std::is_void_v<result>) wire::encode(out, *static_cast<const results*>(value));
  }

 private:
  template <class Fn>
  static void each(Fn&& fn, wire::byte_reader& in, wire::reply& out) {
    const std::size_t count = in.take_length(1);
    results got;
    if constexpr (!std::is_void_v<result>) got.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      if constexpr (std::is_void_v<result>) {
        fn(wire::decode<P>(in));
      } else {
        got.push_back(fn(wire::decode<P>(in)));
      }
    }
    out.value(&encode_results, &got);
  }
};

/// What chunks of one map share, without their types.
///
/// Threads:  the chunks', one at a time each; cancel from anywhere.
/// Lifetime: the state it is part of lives until the last chunk has let go.
/// Wakes:    the last chunk to end completes the future.
/// Order:    every result is stored before the count reaches zero.
/// Cancel:   the first failure takes back what has not started.
class map_body {
 public:
  class chunk : public pool_call {
   public:
    chunk(map_body& body, std::size_t index) noexcept : body_(body), index_(index) {}
    virtual ~chunk() = default;
    void succeed(wire::byte_reader& in) override { body_.store(index_, in); }
    void fail(std::exception_ptr error) noexcept override { body_.chunk_failed(std::move(error)); }
    void cancelled() noexcept override { body_.chunk_cancelled(); }
    void let_go() noexcept override { body_.chunk_gone(); }

   private:
    map_body& body_;
    const std::size_t index_;
  };

  explicit map_body(std::shared_ptr<process_pool_core> core) noexcept : core_(std::move(core)) {}
  map_body(const map_body&) = delete;
  map_body& operator=(const map_body&) = delete;

  chunk& add_chunk();
  std::size_t chunk_count() const noexcept { return chunks_.size(); }
  /// Submits all chunks; ends at once if there are none. Throws `closed` if the pool is.
  void start();
  bool cancel_all(bool running) noexcept;

 protected:
  virtual ~map_body();
  virtual void store(std::size_t index, wire::byte_reader& in) = 0;
  /// All chunks have ended; `error` is the first failure, if any. Lets go of the work's share.
  virtual void finish_map(std::exception_ptr error) noexcept = 0;

  const std::shared_ptr<process_pool_core> core_;

 private:
  void chunk_failed(std::exception_ptr error) noexcept;
  void chunk_cancelled() noexcept;
  void chunk_gone() noexcept;

  std::vector<std::unique_ptr<chunk>> chunks_;  // fixed before start
  sys::atomic<std::size_t> left_{0};
  sys::mutex mutex_;
  std::exception_ptr error_ TUTTI_GUARDED_BY(mutex_);
};

template <class R>
using map_result = std::conditional_t<std::is_void_v<R>, void, std::vector<R>>;

/// The future of a map.
template <class R>
class process_map final : public future_state<map_result<R>>, public map_body {
 public:
  using map_body::map_body;
  bool cancel_work(cancel_reason) noexcept override { return !this->done() && cancel_all(true); }
  std::string label() override { return "map"; }

  void expect(std::size_t chunks) { parts_.resize(chunks); }

 protected:
  void store([[maybe_unused]] std::size_t index, [[maybe_unused]] wire::byte_reader& in) override {
    if constexpr (!std::is_void_v<R>) parts_[index] = wire::decode<std::vector<R>>(in);
  }
  void finish_map(std::exception_ptr error) noexcept override {
    this->finish(error != nullptr ? outcome<map_result<R>>::failure(std::move(error)) : together());
    this->release();
  }

 private:
  outcome<map_result<R>> together() noexcept {
    outcome<map_result<R>> o;
    try {
      if constexpr (std::is_void_v<R>) {
        o.emplace();
      } else if (parts_.size() == 1) {
        o.emplace(std::move(parts_[0]));
      } else {
        std::size_t total = 0;
        for (const auto& part : parts_) total += part.size();
        std::vector<R> all;
        all.reserve(total);
        for (auto& part : parts_) {
          all.insert(all.end(), std::make_move_iterator(part.begin()),
                     std::make_move_iterator(part.end()));
          part = {};
        }
        o.emplace(std::move(all));
      }
    } catch (...) {
      return outcome<map_result<R>>::failure(std::current_exception());
    }
    return o;
  }
  std::vector<std::vector<regular<R>>> parts_;
};

/// Inputs as chunks: `size` elements each, converted to P.
template <class F, class P, class Begin, class End>
void write_chunks(map_body& body, process_pool_core& core, const F& f, Begin at, End end,
                  std::size_t size) {
  using runner = chunk_run<F, P>;
  std::vector<P> some;
  const auto memory = [&](pool_call& call, std::size_t bytes) {
    call.block = core.take_memory(bytes);
    return core.memory_at(call.block);
  };
  while (at != end) {
    some.clear();
    for (; at != end && some.size() < size; ++at) some.push_back(static_cast<P>(*at));
    map_body::chunk& chunk = body.add_chunk();
    chunk.retries_left = core.retries();
    write_callable(chunk, f, reinterpret_cast<const void*>(&runner::run),
                   wire::detail::spelled<F>());
    write_arguments(chunk, memory, [&](wire::byte_writer& out) {
      out.put_count(some.size());
      if constexpr (wire::detail::is_block<P>()) {
        out.put(some.data(), some.size() * sizeof(P));
      } else {
        for (const auto& one : some) wire::encode<P>(out, one);
      }
    });
  }
}

}  // namespace tutti::detail
