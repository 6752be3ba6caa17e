/// \file
/// Files, read and written without blocking the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <tutti/core/task.hpp>

namespace tutti {
namespace detail {
class file_body;
}

/// An open file. Move-only; a moved-from or closed one throws `closed`.
///
/// With io_uring the kernel does the work; with epoll, which knows no files, side threads of the
/// loop do. Several tasks may use it at once, at different places. Buffers belong to the caller
/// until the operation has ended.
///
/// Errors: `std::system_error`. Cancel: an operation under way is given up where the kernel allows;
/// its task goes on only when the buffer is no longer in use. What was done all the same is
/// reported as done.
/// ```
/// auto f = co_await tutti::file::open("log", tutti::file::write | tutti::file::create);
/// co_await f.write_all("hello\n");
/// ```
class file {
 public:
  enum mode : unsigned {
    read = 1,       ///< may be read
    write = 2,      ///< may be written
    create = 4,     ///< made if it does not exist
    truncate = 8,   ///< emptied if it does
    append = 16,    ///< every write goes to the end
    exclusive = 32  ///< with create: an error if it exists
  };
  friend constexpr mode operator|(mode a, mode b) noexcept {
    return static_cast<mode>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
  }

  /// `permissions` are those of a new file, before the process's mask.
  static task<file> open(std::string path, mode how = read, unsigned permissions = 0666);
  file(file&& other) noexcept;
  file& operator=(file&& other) noexcept;
  ~file();

  /// Bytes read, at most `into.size()`; fewer only near the end, 0 at it.
  task<std::size_t> read_at(std::span<std::byte> into, std::uint64_t offset);
  /// Writes all of it; gives its size.
  task<std::size_t> write_at(std::span<const std::byte> bytes, std::uint64_t offset);
  task<std::size_t> write_at(std::string_view text, std::uint64_t offset);
  /// The whole file from its start. Errors: `error` if it is more than `limit` bytes.
  task<std::string> read_all(std::size_t limit = std::size_t{1} << 30);
  /// Writes all of it behind what write_all wrote before, from the start of the file.
  task<void> write_all(std::span<const std::byte> bytes);
  task<void> write_all(std::string_view text);
  /// Completes when what was written is on the disk.
  task<void> fsync();
  /// At once. Not while an operation is under way.
  void close();
  bool is_open() const noexcept;

 private:
  explicit file(std::unique_ptr<detail::file_body> body) noexcept;
  detail::file_body& body() const;
  static task<file> open_file(std::string path, unsigned how, unsigned permissions);
  std::unique_ptr<detail::file_body> body_;
};

}  // namespace tutti
