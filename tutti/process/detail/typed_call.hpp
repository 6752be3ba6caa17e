/// \file
/// A call whose result somebody waits for: pool_call and future state in one allocation.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <utility>

#include <tutti/base/error.hpp>
#include <tutti/base/outcome.hpp>
#include <tutti/core/future.hpp>
#include <tutti/process/detail/process_pool_core.hpp>
#include <tutti/wire/archive.hpp>

namespace tutti::detail {

/// Threads:  as pool_call and future_base.
/// Lifetime: counted: one share for the pool (let_go), one for every future.
/// Wakes:    as future_base.
/// Order:    as future_base.
/// Cancel:   what waits never starts; what runs is ended with its worker.
template <class R>
class process_call final : public future_state<R>, public pool_call {
 public:
  explicit process_call(std::shared_ptr<process_pool_core> core) noexcept : core_(std::move(core)) {
    retries_left = core_->retries();
  }

  bool cancel_work(cancel_reason) noexcept override {
    return !this->done() && core_->cancel(*this, true);
  }
  std::string label() override { return name(); }
  void succeed(wire::byte_reader& in) override {
    outcome<R> o;
    if constexpr (std::is_void_v<R>) {
      o.emplace();
    } else {
      o.emplace(wire::decode<R>(in));
    }
    this->finish(std::move(o));
  }
  void fail(std::exception_ptr error) noexcept override {
    this->finish(outcome<R>::failure(std::move(error)));
  }
  void cancelled() noexcept override { fail(std::make_exception_ptr(tutti::cancelled{})); }
  void let_go() noexcept override { this->release(); }

 private:
  const std::shared_ptr<process_pool_core> core_;
};

}  // namespace tutti::detail
