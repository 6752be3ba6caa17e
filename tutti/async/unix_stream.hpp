/// \file
/// Streams between processes of one machine, through a path in the file system.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <tutti/async/byte_stream.hpp>
#include <tutti/base/time.hpp>
#include <tutti/core/task.hpp>

namespace tutti {
namespace detail {
class listener_body;
class listener_channel;
}  // namespace detail

namespace net {

class unix_listener;

/// A stream socket of the Unix domain. See byte_stream for everything it can do.
class unix_stream : public byte_stream {
 public:
  using byte_stream::byte_stream;
  /// Options of `unix_stream::listen`.
  struct listen_options {
    int backlog = 1024;
  };
  /// Listens at once. The path must not exist; whoever made it removes it.
  /// Errors: `std::system_error`; `error` when the path is too long.
  static unix_listener listen(std::string_view path, listen_options options);
  static unix_listener listen(std::string_view path);
  /// Errors: `std::system_error`. While the listener's queue is full it waits. Cancel: closes what
  /// was begun.
  static task<unix_stream> connect(std::string path);
};

/// Takes connections; as tcp_listener.
class unix_listener {
 public:
  explicit unix_listener(std::unique_ptr<detail::listener_channel> below);
  unix_listener(unix_listener&& other) noexcept;
  unix_listener& operator=(unix_listener&& other) noexcept;
  ~unix_listener();
  task<unix_stream> accept();
  /// Tasks that wait in accept get `closed`. The path stays.
  void close() noexcept;

 private:
  std::unique_ptr<detail::listener_body> body_;
};

}  // namespace net
}  // namespace tutti
