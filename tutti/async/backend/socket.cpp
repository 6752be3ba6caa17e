#include <tutti/async/backend/socket.hpp>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <tutti/async/detail/call_fault.hpp>
#include <tutti/base/error.hpp>

namespace tutti::detail {
namespace {

[[noreturn]] void fail(int number, const char* what) {
  throw std::system_error(number, std::generic_category(), what);
}

sockaddr* raw(socket_address& a) noexcept { return reinterpret_cast<sockaddr*>(a.bytes.data()); }
const sockaddr* raw(const socket_address& a) noexcept {
  return reinterpret_cast<const sockaddr*>(a.bytes.data());
}

template <class T>
socket_address pack(const T& from) noexcept {
  socket_address a;
  static_assert(sizeof from <= sizeof a.bytes);
  std::memcpy(a.bytes.data(), &from, sizeof from);
  a.size = sizeof from;
  return a;
}

net::endpoint unpack(const socket_address& a) {
  std::array<char, INET6_ADDRSTRLEN + IF_NAMESIZE> text{};
  if (raw(a)->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, a.bytes.data(), sizeof v4);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(v4.sin_port)};
  }
  if (raw(a)->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, a.bytes.data(), sizeof v6);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    std::string host = text.data();
    if (v6.sin6_scope_id != 0) host += "%" + std::to_string(v6.sin6_scope_id);
    return {host, ntohs(v6.sin6_port)};
  }
  if (raw(a)->sa_family == AF_UNIX && a.size > sizeof(sa_family_t)) {
    const auto* const path = reinterpret_cast<const char*>(a.bytes.data()) + sizeof(sa_family_t);
    return {std::string(path, ::strnlen(path, a.size - sizeof(sa_family_t))), 0};
  }
  return {};
}

using name_call = int (*)(int, sockaddr*, socklen_t*);
net::endpoint name_of(int fd, name_call call) {
  socket_address a;
  socklen_t size = sizeof a.bytes;
  if (call_at("net.name", [&] { return call(fd, raw(a), &size); }) != 0) return {};
  a.size = size;
  return unpack(a);
}

bool is_tcp(const socket_address& a) noexcept {
  return raw(a)->sa_family == AF_INET || raw(a)->sa_family == AF_INET6;
}

void set_no_delay(int fd) noexcept {
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes,
               sizeof yes);  // an optimisation: a socket without it works too
}

/// Calls until a signal does not interrupt it; gives -1 with errno of an injected fault.
template <class Call>
auto attempt(std::string_view site, Call call) noexcept -> decltype(call()) {
  for (;;) {
    if (const int number = call_fault(site); TUTTI_UNLIKELY(number != 0)) {
      errno = number;
      return -1;
    }
    const auto r = call();
    if (r >= 0 || errno != EINTR) return r;
  }
}

sys::descriptor make_socket(const socket_address& of, int type) {
  sys::descriptor fd(attempt("net.socket", [&] {
    return ::socket(raw(of)->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  }));
  if (!fd) fail(errno, "socket");
  return fd;
}

}  // namespace

/// A connected stream socket.
class socket_channel final : public channel {
 public:
  explicit socket_channel(sys::descriptor fd) noexcept : fd_(fd.release()) {}

  result read(std::span<std::byte> into) noexcept override {
    into = into.first(call_share("net.short_read", into.size()));
    const ssize_t n =
        attempt("net.read", [&] { return ::recv(fd_.fd(), into.data(), into.size(), 0); });
    if (n < 0) return failed(direction::read);
    if (static_cast<std::size_t>(n) < into.size()) fd_.drained();
    return {static_cast<std::size_t>(n), 0};
  }
  result write(std::span<const std::byte> from) noexcept override {
    from = from.first(call_share("net.short_write", from.size()));
    const ssize_t n = attempt(
        "net.write", [&] { return ::send(fd_.fd(), from.data(), from.size(), MSG_NOSIGNAL); });
    if (n < 0) return failed(direction::write);
    return {static_cast<std::size_t>(n), 0};
  }
  int shutdown_write() noexcept override {
    if (attempt("net.shutdown", [&] { return ::shutdown(fd_.fd(), SHUT_WR); }) == 0) return 0;
    return errno == ENOTCONN ? 0 : errno;  // the other side reset it: there is nobody left to tell
  }
  void close() noexcept override { fd_.close(); }
  readiness& ready() noexcept override { return fd_; }
  net::endpoint local() const override { return name_of(fd_.fd(), &::getsockname); }
  net::endpoint peer() const override { return name_of(fd_.fd(), &::getpeername); }

  io_descriptor& descriptor() noexcept { return fd_; }

 private:
  result failed(direction d) noexcept {
    const int number = errno == EWOULDBLOCK ? EAGAIN : errno;
    if (number == would_wait) fd_.clear(d);
    return {0, number};
  }
  io_descriptor fd_;
};

std::string address_text(const socket_address& a) {
  const net::endpoint e = unpack(a);
  return raw(a)->sa_family == AF_UNIX ? e.host() : e.text();
}

connecting_socket::connecting_socket(const socket_address& to, stream_options options) {
  sys::descriptor fd = make_socket(to, SOCK_STREAM);
  if (options.no_delay && is_tcp(to)) set_no_delay(fd.get());
  int number = 0;
  if (attempt("net.connect", [&] {
        const int r = ::connect(fd.get(), raw(to), to.size);
        // Interrupted, it goes on in the background as any other; asking again would be an error.
        if (r != 0 && errno == EINTR) errno = EINPROGRESS;
        return r;
      }) != 0) {
    number = errno;
  }
  if (number != 0 && number != EINPROGRESS) {
    throw std::system_error(number, std::generic_category(), "connect to " + address_text(to));
  }
  connected_ = number == 0;
  auto made = std::make_unique<socket_channel>(std::move(fd));
  if (!connected_) made->ready().clear(direction::write);
  raw_ = made.get();
  descriptor_ = std::move(made);
}

int connecting_socket::finish() noexcept {
  int number = 0;
  socklen_t size = sizeof number;
  if (call_at("net.connected", [&] {
        return ::getsockopt(raw_->descriptor().fd(), SOL_SOCKET, SO_ERROR, &number, &size);
      }) != 0) {
    number = errno;
  }
  connected_ = number == 0;
  return number;
}

std::unique_ptr<channel> connecting_socket::take() noexcept { return std::move(descriptor_); }

namespace {

class socket_listener final : public listener_channel {
 public:
  socket_listener(sys::descriptor fd, bool tcp) noexcept : fd_(fd.release()), tcp_(tcp) {}

  result accept() override {
    sys::descriptor made(attempt("net.accept", [&] {
      return ::accept4(fd_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }));
    if (!made) {
      const int number = errno == EWOULDBLOCK ? EAGAIN : errno;
      if (number == channel::would_wait) fd_.clear(direction::read);
      return {nullptr, number};
    }
    if (tcp_) set_no_delay(made.get());
    return {std::make_unique<socket_channel>(std::move(made)), 0};
  }
  void close() noexcept override { fd_.close(); }
  readiness& ready() noexcept override { return fd_; }
  net::endpoint local() const override { return name_of(fd_.fd(), &::getsockname); }

 private:
  io_descriptor fd_;
  bool tcp_;
};

}  // namespace

std::unique_ptr<listener_channel> listen_socket(const socket_address& at, listen_flags flags) {
  sys::descriptor fd = make_socket(at, SOCK_STREAM);
  const int yes = 1;
  if (is_tcp(at)) {
    if (flags.reuse_address) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (flags.reuse_port && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0)
      fail(errno, "SO_REUSEPORT");
  }
  if (attempt("net.bind", [&] { return ::bind(fd.get(), raw(at), at.size); }) != 0)
    fail(errno, "bind");
  if (attempt("net.listen", [&] { return ::listen(fd.get(), flags.backlog); }) != 0)
    fail(errno, "listen");
  return std::make_unique<socket_listener>(std::move(fd), is_tcp(at));
}

namespace {

class datagram_socket_channel final : public datagram_channel {
 public:
  explicit datagram_socket_channel(sys::descriptor fd) noexcept : fd_(fd.release()) {}

  channel::result receive(std::span<std::byte> into, socket_address& from) noexcept override {
    socklen_t size = sizeof from.bytes;
    const ssize_t n = attempt("net.receive_from", [&] {
      return ::recvfrom(fd_.fd(), into.data(), into.size(), 0, raw(from), &size);
    });
    if (n < 0) return failed(direction::read);
    from.size = size;
    return {static_cast<std::size_t>(n), 0};
  }
  channel::result send(std::span<const std::byte> from,
                       const socket_address& to) noexcept override {
    const ssize_t n = attempt("net.send_to", [&] {
      return ::sendto(fd_.fd(), from.data(), from.size(), MSG_NOSIGNAL, raw(to), to.size);
    });
    if (n < 0) return failed(direction::write);
    return {static_cast<std::size_t>(n), 0};
  }
  void close() noexcept override { fd_.close(); }
  readiness& ready() noexcept override { return fd_; }
  net::endpoint local() const override { return name_of(fd_.fd(), &::getsockname); }
  socket_address address_of(const net::endpoint& to) override {
    return numeric_address(to, "send_to");
  }
  net::endpoint endpoint_of(const socket_address& from) const override { return unpack(from); }

 private:
  channel::result failed(direction d) noexcept {
    const int number = errno == EWOULDBLOCK ? EAGAIN : errno;
    if (number == channel::would_wait) fd_.clear(d);
    return {0, number};
  }
  io_descriptor fd_;
};

}  // namespace

std::unique_ptr<datagram_channel> datagram_socket(const socket_address& at) {
  sys::descriptor fd = make_socket(at, SOCK_DGRAM);
  if (attempt("net.bind", [&] { return ::bind(fd.get(), raw(at), at.size); }) != 0)
    fail(errno, "bind");
  return std::make_unique<datagram_socket_channel>(std::move(fd));
}

bool parse_numeric(const net::endpoint& e, socket_address& out) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(e.port());
  if (::inet_pton(AF_INET, e.host().c_str(), &v4.sin_addr) == 1) {
    out = pack(v4);
    return true;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(e.port());
  const std::size_t percent = e.host().find('%');
  if (::inet_pton(AF_INET6, e.host().substr(0, percent).c_str(), &v6.sin6_addr) != 1) return false;
  if (percent != std::string::npos) {
    const std::string zone = e.host().substr(percent + 1);
    v6.sin6_scope_id = ::if_nametoindex(zone.c_str());
    if (v6.sin6_scope_id == 0)
      v6.sin6_scope_id = static_cast<std::uint32_t>(std::strtoul(zone.c_str(), nullptr, 10));
  }
  out = pack(v6);
  out.is_v6 = true;
  return true;
}

socket_address numeric_address(const net::endpoint& e, std::string_view operation) {
  socket_address a;
  if (parse_numeric(e, a)) return a;
  throw error(std::string(operation) + ": \"" + e.host() +
              "\" is no numeric address; write \"127.0.0.1\", \"0.0.0.0\" or \"::\"");
}

socket_address unix_address(std::string_view path) {
  sockaddr_un at{};
  if (path.empty() || path.size() >= sizeof at.sun_path) {
    throw error("a socket's path has 1 to " + std::to_string(sizeof at.sun_path - 1) +
                " bytes: \"" + std::string(path) + "\"");
  }
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path, path.data(), path.size());
  return pack(at);
}

static_assert(no_such_name == EAI_NONAME && lookup_again == EAI_AGAIN);

void fail_lookup(const std::string& host, int number) {
  throw error("the host \"" + host + "\" was not found: " + ::gai_strerror(number));
}

socket_addresses resolve_blocking(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  int r = call_fault("net.resolve");
  if (r == 0) r = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (r == EAI_SYSTEM) fail(errno, "getaddrinfo");
  if (r != 0) fail_lookup(host, r);
  socket_addresses out;
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    socket_address next;
    if (a->ai_addrlen > sizeof next.bytes || (a->ai_family != AF_INET && a->ai_family != AF_INET6))
      continue;
    std::memcpy(next.bytes.data(), a->ai_addr, a->ai_addrlen);
    next.size = a->ai_addrlen;
    next.is_v6 = a->ai_family == AF_INET6;
    // The port stands at the same place in both families.
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    const std::uint16_t big_endian = htons(port);
    std::memcpy(next.bytes.data() + offsetof(sockaddr_in, sin_port), &big_endian,
                sizeof big_endian);
    out.push_back(next);
  }
  ::freeaddrinfo(found);
  if (out.empty()) throw error("the host \"" + host + "\" has no address this machine can reach");
  return out;
}

}  // namespace tutti::detail
