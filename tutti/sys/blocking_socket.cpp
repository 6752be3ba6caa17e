#include <tutti/sys/blocking_socket.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include <tutti/base/clock.hpp>
#include <tutti/base/error.hpp>

namespace tutti::sys {

namespace {

// The kernel returns from every wait after this long, so that deadline and give_up are looked at.
constexpr timeval slice{0, 200'000};

using address_list = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

address_list resolve(const std::string& host, std::uint16_t port) {
  addrinfo wish{};
  wish.ai_family = AF_UNSPEC;
  wish.ai_socktype = SOCK_STREAM;
  wish.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wish, &found);
  if (code == EAI_SYSTEM)
    throw std::system_error(errno, std::generic_category(), "looking up '" + host + "'");
  if (code != 0) throw error("the host '" + host + "' is not known: " + gai_strerror(code));
  return {found, &freeaddrinfo};
}

bool try_again(int code) { return code == EAGAIN || code == EWOULDBLOCK || code == EINTR; }

}  // namespace

void blocking_socket::check() const {
  if (give_up_ != nullptr && give_up_()) throw error("given up on request");
  if (clock::now() >= deadline_) throw timeout_error("no answer within the time limit");
}

blocking_socket blocking_socket::connect(const std::string& host, std::uint16_t port,
                                         duration limit, bool (*give_up)() noexcept) {
  const time_point deadline = detail::saturating_add(clock::now(), limit);
  const address_list addresses = resolve(host, port);
  int last = ECONNREFUSED;
  for (const addrinfo* a = addresses.get(); a != nullptr; a = a->ai_next) {
    descriptor fd(::socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol));
    if (!fd) {
      last = errno;
      continue;
    }
    const int yes = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof slice);
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &slice, sizeof slice);
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    blocking_socket out(std::move(fd), deadline, give_up);
    // After a time-out the connection goes on being made; calling again waits for it, EISCONN says
    // it is there.
    int code = ::connect(out.fd_.get(), a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
    while (code == EINPROGRESS || code == EALREADY || code == EINTR) {
      out.check();
      code = ::connect(out.fd_.get(), a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
    }
    if (code == 0 || code == EISCONN) return out;
    last = code;
  }
  throw std::system_error(last, std::generic_category(),
                          "connecting to " + host + ":" + std::to_string(port));
}

void blocking_socket::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (try_again(errno)) {
      check();
    } else {
      throw std::system_error(errno, std::generic_category(), "sending");
    }
  }
}

std::size_t blocking_socket::read_some(std::span<char> into) {
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), into.data(), into.size(), 0);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (!try_again(errno)) throw std::system_error(errno, std::generic_category(), "receiving");
    check();
  }
}

}  // namespace tutti::sys
