#include <tutti/async/file.hpp>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <tutti/async/backend/file_calls.hpp>
#include <tutti/async/detail/call_fault.hpp>
#include <tutti/async/detail/counted.hpp>
#include <tutti/async/detail/offload.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/sys/descriptor.hpp>
#include <tutti/sys/world.hpp>

namespace tutti {
namespace detail {

/// Threads:  one loop at a time; several tasks.
/// Lifetime: outlives its operations.
/// Wakes:    the task whose operation has ended.
/// Order:    operations at once are not ordered.
/// Cancel:   see file.
class file_body {
 public:
  explicit file_body(sys::descriptor fd) noexcept : fd_(std::move(fd)) {}
  file_body(const file_body&) = delete;
  file_body& operator=(const file_body&) = delete;
  ~file_body() { check_idle(); }

  task<std::size_t> read_at(std::span<std::byte> into, std::uint64_t offset);
  task<std::size_t> write_at(std::span<const std::byte> bytes, std::uint64_t offset);
  task<std::string> read_all(std::size_t limit);
  task<void> write_all(std::span<const std::byte> bytes);
  task<void> fsync();
  void close() {
    check_idle();
    fd_.reset();
  }
  bool is_open() const noexcept { return static_cast<bool>(fd_); }

 private:
  static constexpr std::size_t once_max = std::size_t{1} << 30;  ///< bytes in one system call
  void check_idle() const {
    TUTTI_CHECK(in_use_ == 0,
                "a file was closed or destroyed while a task was using it: await that task first");
  }
  task<std::size_t> perform(io_request::kind what, void* data, std::size_t size,
                            std::uint64_t offset);

  sys::descriptor fd_;
  std::uint64_t written_ = 0;  // where write_all goes on
  unsigned in_use_ = 0;
};

namespace {

std::string_view site_of(io_request::kind what) noexcept {
  return what == io_request::kind::read    ? "file.read"
         : what == io_request::kind::write ? "file.write"
                                           : "file.fsync";
}

std::string_view short_site_of(io_request::kind what) noexcept {
  return what == io_request::kind::read ? "file.short_read" : "file.short_write";
}

}  // namespace

task<std::size_t> file_body::perform(io_request::kind what, void* data, std::size_t size,
                                     std::uint64_t offset) {
  task_cell& self = co_await this_cell();
  const counted mine(in_use_);
  for (;;) {
    self.checkpoint();
    if (!fd_) throw closed("this file is closed");
    io_request r{what, fd_.get(), data, std::min(size, once_max), offset};
    if (what != io_request::kind::sync) r.size = call_share(short_site_of(what), r.size);
    io_engine& engine = engine_of(*self.where);
    r.result = -sys::injected_fault(site_of(what));
    if (r.result != 0) {
      // As if the kernel had said so.
    } else if (engine.does_files()) {
      co_await request_awaiter(engine, r);
    } else {
      r.result = co_await offload_to_the_end(&do_blocking, &r);
    }
    if (r.result >= 0) co_return static_cast<std::size_t>(r.result);
    const int number = static_cast<int>(-r.result);
    // Given up on our own request: the checkpoint throws.
    if (number == ECANCELED || number == EINTR || number == EAGAIN) continue;
    throw std::system_error(number, std::generic_category(), std::string(site_of(what)));
  }
}

task<std::size_t> file_body::read_at(std::span<std::byte> into, std::uint64_t offset) {
  std::size_t got = 0;
  while (got < into.size()) {
    const std::span<std::byte> rest = into.subspan(got);
    const std::size_t n =
        co_await perform(io_request::kind::read, rest.data(), rest.size(), offset + got);
    if (n == 0) break;
    got += n;
  }
  co_return got;
}

task<std::size_t> file_body::write_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::span<const std::byte> rest = bytes.subspan(done);
    void* const data = const_cast<std::byte*>(rest.data());  // the kernel only reads it
    done += co_await perform(io_request::kind::write, data, rest.size(), offset + done);
  }
  co_return done;
}

task<std::string> file_body::read_all(std::size_t limit) {
  constexpr std::size_t first = 16 * 1024;
  std::string all;
  std::size_t got = 0;
  for (;;) {
    if (got > limit)
      throw error("read_all: the file has more than " + std::to_string(limit) + " bytes");
    all.resize(std::max(got + first, 2 * got));
    const auto rest = std::as_writable_bytes(std::span(all)).subspan(got);
    const std::size_t n = co_await perform(io_request::kind::read, rest.data(), rest.size(), got);
    if (n == 0) break;
    got += n;
  }
  all.resize(got);
  co_return all;
}

task<void> file_body::write_all(std::span<const std::byte> bytes) {
  const std::uint64_t at = std::exchange(written_, written_ + bytes.size());
  co_await write_at(bytes, at);
}

task<void> file_body::fsync() { co_await perform(io_request::kind::sync, nullptr, 0, 0); }

}  // namespace detail

file::file(std::unique_ptr<detail::file_body> body) noexcept : body_(std::move(body)) {}
file::file(file&& other) noexcept = default;
file& file::operator=(file&& other) noexcept = default;
file::~file() = default;

detail::file_body& file::body() const {
  if (body_ == nullptr) throw closed("this file was moved from");
  return *body_;
}

task<file> file::open_file(std::string path, unsigned how, unsigned permissions) {
  sys::descriptor fd =
      co_await detail::offload(&detail::open_blocking, std::move(path), how, permissions);
  co_return file(std::make_unique<detail::file_body>(std::move(fd)));
}

TUTTI_CORO_WRAPPER task<file> file::open(std::string path, mode how, unsigned permissions) {
  return open_file(std::move(path), how, permissions);
}
TUTTI_CORO_WRAPPER task<std::size_t> file::read_at(std::span<std::byte> into,
                                                   std::uint64_t offset) {
  return body().read_at(into, offset);
}
TUTTI_CORO_WRAPPER task<std::size_t> file::write_at(std::span<const std::byte> bytes,
                                                    std::uint64_t offset) {
  return body().write_at(bytes, offset);
}
TUTTI_CORO_WRAPPER task<std::size_t> file::write_at(std::string_view text, std::uint64_t offset) {
  return body().write_at(std::as_bytes(std::span(text)), offset);
}
TUTTI_CORO_WRAPPER task<std::string> file::read_all(std::size_t limit) {
  return body().read_all(limit);
}
TUTTI_CORO_WRAPPER task<void> file::write_all(std::span<const std::byte> bytes) {
  return body().write_all(bytes);
}
TUTTI_CORO_WRAPPER task<void> file::write_all(std::string_view text) {
  return body().write_all(std::as_bytes(std::span(text)));
}
TUTTI_CORO_WRAPPER task<void> file::fsync() { return body().fsync(); }
void file::close() {
  if (body_ != nullptr) body_->close();
}
bool file::is_open() const noexcept { return body_ != nullptr && body_->is_open(); }

}  // namespace tutti
