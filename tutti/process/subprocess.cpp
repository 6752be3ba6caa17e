#include <tutti/process/subprocess.hpp>

#include <cerrno>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

#include <tutti/async/detail/io_engine.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/process/backend/pipe_channel.hpp>
#include <tutti/process/backend/program.hpp>

namespace tutti {

/// Threads:  as subprocess.
/// Lifetime: the subprocess object's.
/// Wakes:    as subprocess.
/// Order:    as subprocess.
/// Cancel:   as subprocess.
struct subprocess::body {
  explicit body(detail::program_birth&& born)
      : pid(born.pid),
        handle(born.handle.release()),
        in(std::make_unique<detail::pipe_channel>(std::move(born.in), detail::direction::write)),
        out(std::make_unique<detail::pipe_channel>(std::move(born.out), detail::direction::read)),
        err(std::make_unique<detail::pipe_channel>(std::move(born.err), detail::direction::read)) {}
  body(const body&) = delete;
  body& operator=(const body&) = delete;
  ~body() {
    if (is_reaped) return;
    end(detail::os::end_now);
    detail::os::wait_ended(handle.fd(), time_point::max());
    collect();
  }
  /// Its number stays its own, and its group's, until it is reaped.
  void end(int signal) const noexcept {
    // A host that collects every child itself may have collected this one: then its number, and
    // its group's, may be somebody else's by now.
    if (is_reaped || !detail::os::is_uncollected(handle.fd())) return;
    detail::os::signal_group(pid, signal);
    detail::os::send_signal(handle.fd(), signal);
  }
  void collect() noexcept {
    is_reaped = true;
    if (const auto how = detail::reap_program(handle.fd())) status.emplace(how->code, how->signal);
  }

  const int pid;
  detail::io_descriptor handle;
  net::byte_stream in;
  net::byte_stream out;
  net::byte_stream err;
  bool is_reaped = false;
  std::optional<exit_status> status;
};

subprocess subprocess::start(std::vector<std::string> argv, subprocess_options options) {
  return subprocess(
      std::make_unique<body>(detail::start_program(argv, std::string(options.directory))));
}

subprocess::subprocess(std::unique_ptr<body> b) noexcept : body_(std::move(b)) {}
subprocess::subprocess(subprocess&& other) noexcept = default;
subprocess& subprocess::operator=(subprocess&& other) noexcept = default;
subprocess::~subprocess() = default;

net::byte_stream& subprocess::in() noexcept { return body_->in; }
net::byte_stream& subprocess::out() noexcept { return body_->out; }
net::byte_stream& subprocess::err() noexcept { return body_->err; }
void subprocess::terminate() noexcept { body_->end(detail::os::ask_to_end); }
void subprocess::kill() noexcept { body_->end(detail::os::end_now); }
int subprocess::pid() const noexcept { return body_->pid; }

TUTTI_CORO_WRAPPER task<exit_status> subprocess::wait() { return await_end(*body_); }

task<exit_status> subprocess::await_end(body& b) {
  while (!b.is_reaped) {
    b.handle.clear(detail::direction::read);
    if (detail::os::has_ended(b.handle.fd())) {
      b.collect();
    } else {
      co_await b.handle.until(detail::direction::read);
    }
  }
  if (!b.status)
    throw std::system_error(
        ECHILD, std::system_category(),
        "the status of program " + std::to_string(b.pid) + " was collected by somebody else");
  co_return *b.status;
}

namespace {

/// Everything to its input, then the end of it. A program that does not care to read is no error.
task<void> feed(net::byte_stream& in, std::string_view input) {
  try {
    if (!input.empty()) co_await in.write(input);
    co_await in.shutdown_write();
  } catch (const std::system_error& e) {
    if (e.code().value() != EPIPE) throw;
  }
}

task<completed> converse(subprocess& child, std::string_view input, std::size_t output_max) {
  task<std::tuple<std::monostate, std::string, std::string>> talk = gather(
      feed(child.in(), input), child.out().read_all(output_max), child.err().read_all(output_max));
  std::tuple<std::monostate, std::string, std::string> said = co_await std::move(talk);
  const exit_status status = co_await child.wait();
  co_return completed{status, std::move(std::get<1>(said)), std::move(std::get<2>(said))};
}

task<completed> command(std::vector<std::string> argv, std::string input, duration limit,
                        std::string directory, std::size_t output_max) {
  subprocess child = subprocess::start(std::move(argv), {directory});
  task<completed> work = converse(child, input, output_max);
  if (limit <= duration::zero()) {
    completed all = co_await std::move(work);
    co_return all;
  }
  completed in_time = co_await timeout(limit, std::move(work));
  co_return in_time;
}

}  // namespace

TUTTI_CORO_WRAPPER task<completed> run_command(std::vector<std::string> argv,
                                               command_options options) {
  return command(std::move(argv), std::string(options.input), options.timeout,
                 std::string(options.directory), options.output_max);
}

}  // namespace tutti
