/// \file
/// The pieces behind a process pool's `imap`: a few neighbouring inputs, each with an outcome of
/// its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <tutti/base/outcome.hpp>
#include <tutti/base/ranges.hpp>
#include <tutti/core/detail/imap_source.hpp>
#include <tutti/core/future.hpp>
#include <tutti/process/backend/throw_trace.hpp>
#include <tutti/process/detail/process_pool_core.hpp>
#include <tutti/process/detail/write_call.hpp>
#include <tutti/wire/call.hpp>
#include <tutti/wire/failure.hpp>

namespace tutti::detail {

/// Runs a piece in the worker. What one input throws stays with it; the others still run.
template <class F, class P>
struct piece_run {
  using result = std::remove_cv_t<std::invoke_result_t<F&, P>>;
  using item = regular<result>;
  using piece = std::vector<outcome<item>>;

  static void run(const void* target, wire::byte_reader& in, wire::reply& out) {
    if constexpr (wire::detail::is_function_pointer<F>) {
      each(reinterpret_cast<F>(const_cast<void*>(target)), in, out);
    } else {
      each(F{}, in, out);
    }
  }
  static void encode_piece(wire::byte_writer& out, const void* value) {
    for (const ran& one : *static_cast<const std::vector<ran>*>(value)) {
      out.put_value<std::uint8_t>(one.got ? 1 : 0);
      if (!one.got) {
        wire::encode_failure(out, one.failure.error, one.failure.trace);
      } else if constexpr (!std::is_void_v<result>) {
        wire::encode<result>(out, *one.got);
      }
    }
  }

 private:
  struct ran {
    std::optional<item> got;
    traced_failure failure;
  };
  template <class Fn>
  static void each(Fn&& fn, wire::byte_reader& in, wire::reply& out) {
    const std::size_t count = in.take_length(1);
    std::vector<ran> all;
    all.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      P input = wire::decode<P>(in);
      ran& one = all.emplace_back();
      one.failure = failure_of([&] {
        if constexpr (std::is_void_v<result>) {
          fn(std::move(input));
          one.got.emplace();
        } else {
          one.got.emplace(fn(std::move(input)));
        }
      });
    }
    out.value(&encode_piece, &all);
  }
};

/// A piece on its way: a worker that dies fails each of its inputs, and only those.
///
/// Threads:  as pool_call and future_base.
/// Lifetime: counted: one share for the pool (let_go), one for the stream.
/// Wakes:    as future_base.
/// Order:    as future_base.
/// Cancel:   as process_call.
template <class R>
class imap_piece final : public future_state<std::vector<outcome<regular<R>>>>, public pool_call {
  using piece = std::vector<outcome<regular<R>>>;

 public:
  imap_piece(std::shared_ptr<process_pool_core> core, std::size_t inputs) noexcept
      : core_(std::move(core)), inputs_(inputs) {}

  bool cancel_work(cancel_reason) noexcept override {
    return !this->done() && core_->cancel(*this, true);
  }
  std::string label() override { return name(); }
  void succeed(wire::byte_reader& in) override {
    piece got;
    got.reserve(inputs_);
    for (std::size_t i = 0; i < inputs_; ++i) {
      if (in.take_value<std::uint8_t>() == 0) {
        got.push_back(outcome<regular<R>>::failure(failure_from_worker(in)));
      } else if constexpr (std::is_void_v<R>) {
        got.emplace_back().emplace();
      } else {
        got.emplace_back().emplace(wire::decode<R>(in));
      }
    }
    this->finish(outcome<piece>(std::move(got)));
  }
  void fail(std::exception_ptr error) noexcept override {
    try {
      piece all;
      all.reserve(inputs_);
      for (std::size_t i = 0; i < inputs_; ++i) all.push_back(outcome<regular<R>>::failure(error));
      this->finish(outcome<piece>(std::move(all)));
    } catch (...) {
      this->finish(outcome<piece>::failure(std::current_exception()));
    }
  }
  void cancelled() noexcept override {
    this->finish(outcome<piece>::failure(std::make_exception_ptr(tutti::cancelled{})));
  }
  void let_go() noexcept override { this->release(); }

 private:
  const std::shared_ptr<process_pool_core> core_;
  const std::size_t inputs_;
};

/// What the core's imap_source submits its pieces to.
template <class F, class P>
class imap_door {
  using runner = piece_run<F, P>;

 public:
  explicit imap_door(std::shared_ptr<process_pool_core> core) noexcept : core_(std::move(core)) {}

  template <class Here, class Input>
  future<typename runner::piece> submit(Here, const std::shared_ptr<F>& f,
                                        std::vector<Input> inputs) {
    auto* const made = new imap_piece<typename runner::result>(core_, inputs.size());
    auto answer = future<typename runner::piece>::adopt(made);
    const auto memory = [this](pool_call& call, std::size_t bytes) {
      call.block = core_->take_memory(bytes);
      return core_->memory_at(call.block);
    };
    try {
      made->retries_left = core_->retries();
      write_callable(*made, *f, reinterpret_cast<const void*>(&runner::run),
                     wire::detail::spelled<F>());
      std::vector<P> converted;
      converted.reserve(inputs.size());
      for (Input& one : inputs) converted.push_back(static_cast<P>(std::move(one)));
      write_arguments(*made, memory, [&](wire::byte_writer& out) {
        out.put_count(converted.size());
        for (const auto& one : converted) wire::encode<P>(out, one);
      });
      core_->submit(*made);
    } catch (...) {
      core_->release(*made);
      made->let_go();
      throw;
    }
    return answer;
  }

 private:
  const std::shared_ptr<process_pool_core> core_;
};

/// The stream of a process pool: the door and the source that submits through it.
template <class F, class P, class Inputs>
class process_stream final : public stream_source<typename piece_run<F, P>::item> {
  using item = typename piece_run<F, P>::item;

 public:
  process_stream(std::shared_ptr<process_pool_core> core, const F& f, Inputs inputs,
                 std::size_t chunk, std::size_t ahead, bool ordered)
      : door_(std::move(core)), source_(door_, f, std::move(inputs), chunk, ahead, ordered) {}

  std::optional<item> next() override { return source_.next(); }
  TUTTI_CORO_WRAPPER task<std::optional<item>> async_next() override {
    return source_.async_next();
  }

 private:
  imap_door<F, P> door_;
  imap_source<imap_door<F, P>, F, Inputs> source_;
};

}  // namespace tutti::detail
