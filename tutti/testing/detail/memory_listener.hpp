/// \file
/// Listeners of a simulated network.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include <tutti/async/detail/channel.hpp>

namespace tutti::detail {

/// Where connections to one address arrive. Shared by the network and the listener.
struct pending_connections final : readiness {
  void prepare_wait(scheduler&) override {}
  net::endpoint at;
  std::deque<std::unique_ptr<channel>> waiting;
  std::size_t waiting_max = 0;
  bool is_open = true;

  /// Another one would be ignored, as systems do; who connects asks again.
  bool is_full() const noexcept { return waiting.size() >= waiting_max; }
  void arrive(std::unique_ptr<channel> c) {
    waiting.push_back(std::move(c));
    signal(direction::read);
  }
};

/// Threads:  the simulation's one.
/// Lifetime: outlives the tasks that accept.
/// Wakes:    them, when a connection arrives or it is closed.
/// Order:    connections in the order of their arrival.
/// Cancel:   only the wait: no connection is lost.
class memory_listener final : public listener_channel {
 public:
  explicit memory_listener(std::shared_ptr<pending_connections> p) : pending_(std::move(p)) {}
  ~memory_listener() override { close(); }
  result accept() override;
  void close() noexcept override;
  readiness& ready() noexcept override { return *pending_; }
  net::endpoint local() const override { return pending_->at; }

 private:
  std::shared_ptr<pending_connections> pending_;
};

}  // namespace tutti::detail
