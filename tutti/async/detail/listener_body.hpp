/// \file
/// What every listener has below its handle.
#pragma once

#include <memory>

#include <tutti/async/detail/channel.hpp>
#include <tutti/core/task.hpp>

namespace tutti::detail {

/// Threads:  one loop at a time; several tasks may accept.
/// Lifetime: outlives the tasks that accept.
/// Wakes:    through the channel.
/// Order:    connections go to the tasks in the order in which these came.
/// Cancel:   a connection is either given or stays in the system's queue.
class listener_body {
 public:
  explicit listener_body(std::unique_ptr<listener_channel> c) noexcept : channel_(std::move(c)) {}
  listener_body(const listener_body&) = delete;
  listener_body& operator=(const listener_body&) = delete;
  ~listener_body();

  task<std::unique_ptr<channel>> accept();
  void close() noexcept;
  net::endpoint local() const;
  bool is_open() const noexcept { return open_; }

 private:
  std::unique_ptr<listener_channel> channel_;
  unsigned in_a_row_ = 0;
  unsigned accepting_ = 0;
  bool open_ = true;
};

}  // namespace tutti::detail
