#include <tutti/testing/network.hpp>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <map>
#include <system_error>
#include <vector>

#include <tutti/async/detail/net_backend.hpp>
#include <tutti/base/clock.hpp>
#include <tutti/base/random.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/testing/detail/memory_channel.hpp>
#include <tutti/testing/detail/simulation.hpp>

namespace tutti::detail {
namespace {

constexpr duration sent_again_after = std::chrono::milliseconds(200);
constexpr duration asks_again_after = std::chrono::milliseconds(100);
constexpr std::size_t window_bytes = 64 * 1024;
constexpr std::uint16_t first_free_port = 49152;
constexpr unsigned losses_max = 16;  // in a row

/// What two hosts have between them.
class wire_link final : public link_timing {
 public:
  time_point arrival() override {
    if (is_cut) return time_point::max();
    duration takes = how.delay;
    for (unsigned n = 0; n < losses_max && chance(how.loss); ++n) takes += sent_again_after;
    if (chance(how.reorder)) takes += how.delay;
    if (how.jitter > duration::zero()) {
      takes += duration(static_cast<duration::rep>(
          dice().below(static_cast<std::uint64_t>(how.jitter.count()) + 1)));
    }
    return saturating_add(clock::now(), takes);
  }
  duration sending(std::size_t bytes) override {
    if (how.bandwidth == 0) return duration::zero();
    return std::chrono::duration_cast<duration>(std::chrono::duration<double>(
        static_cast<double>(bytes) / static_cast<double>(how.bandwidth)));
  }
  std::size_t part_of(std::size_t bytes) override {
    if (!how.short_transfers || bytes < 2) return bytes;
    return 1 + static_cast<std::size_t>(dice().below(bytes));
  }
  testing::link_options how;
  bool is_cut = false;
  std::vector<std::weak_ptr<memory_direction>> directions;

 private:
  static bool chance(double p) {
    if (p <= 0) return false;
    return dice().unit() < p;
  }
  static tutti::detail::random& dice() {
    static thread_local tutti::detail::random alone{1};
    simulation* const world = simulation::here();
    return world != nullptr ? world->network_dice() : alone;
  }
};

/// Where connections to one address arrive. Part of simulated_network.
struct pending_connections final : readiness {
  void prepare_wait(scheduler&) override {}
  net::endpoint at;
  std::deque<std::unique_ptr<channel>> waiting;
  bool is_open = true;
};

class memory_listener final : public listener_channel {
 public:
  explicit memory_listener(std::shared_ptr<pending_connections> p) : pending_(std::move(p)) {}
  ~memory_listener() override { close(); }
  result accept() override {
    if (pending_->waiting.empty()) {
      pending_->clear(direction::read);
      return {nullptr, channel::would_wait};
    }
    result out{std::move(pending_->waiting.front()), 0};
    pending_->waiting.pop_front();
    return out;
  }
  void close() noexcept override {
    pending_->is_open = false;
    pending_->waiting.clear();
    pending_->signal_end();
  }
  readiness& ready() noexcept override { return *pending_; }
  net::endpoint local() const override { return pending_->at; }

 private:
  std::shared_ptr<pending_connections> pending_;
};

}  // namespace

context_var<std::string>& host_of_task() {
  static context_var<std::string>& host = *new context_var<std::string>("host", "localhost");
  return host;
}

class simulated_network final : public net_backend {
 public:
  simulated_network() : before_(std::exchange(current_network, this)) {}
  ~simulated_network() override { current_network = before_; }

  wire_link& link(std::string_view a, std::string_view b) {
    std::pair<std::string, std::string> key = std::minmax(std::string(a), std::string(b));
    std::shared_ptr<wire_link>& found = links_[std::move(key)];
    if (found == nullptr) found = std::make_shared<wire_link>();
    return *found;
  }
  void heal() {
    for (auto& [hosts, l] : links_) {
      l->is_cut = false;
      for (const std::weak_ptr<memory_direction>& d : l->directions) {
        if (const auto alive = d.lock()) alive->resend();
      }
    }
  }

  void reset(std::string_view a, std::string_view b) {
    for (const std::weak_ptr<memory_direction>& d : link(a, b).directions) {
      if (const auto alive = d.lock()) alive->break_off();
    }
  }

  std::unique_ptr<listener_channel> listen(const net::endpoint& at, int) override {
    const bool anywhere = at.host().empty() || at.host() == "0.0.0.0" || at.host() == "::";
    std::string host = anywhere ? host_of_task().get() : at.host();
    const std::uint16_t port = at.port() != 0 ? at.port() : next_port_++;
    std::shared_ptr<pending_connections>& place = listeners_[{host, port}];
    if (place != nullptr && place->is_open) {
      throw std::system_error(EADDRINUSE, std::generic_category(), "listen on " + at.text());
    }
    place = std::make_shared<pending_connections>();
    place->at = net::endpoint(std::move(host), port);
    return std::make_unique<memory_listener>(place);
  }

  std::unique_ptr<datagram_channel> bind(const net::endpoint&) override { refuse_datagrams(); }
  socket_address address(const net::endpoint&) override { refuse_datagrams(); }

  task<std::unique_ptr<channel>> connect(std::string host, std::uint16_t port) override {
    const std::string from = host_of_task().get();
    wire_link& between = link(from, host);
    while (between.is_cut) co_await sleep(asks_again_after);
    co_await sleep_until(between.arrival());
    const auto place = listeners_.find({host, port});
    if (place == listeners_.end() || !place->second->is_open) {
      throw std::system_error(ECONNREFUSED, std::generic_category(),
                              "connect to " + net::endpoint(host, port).text());
    }
    const std::shared_ptr<wire_link> shared =
        links_[std::minmax(std::string(from), std::string(host))];
    auto ends = make_memory_channels(window_bytes, shared, shared,
                                     net::endpoint(from, next_port_++), net::endpoint(host, port));
    shared->directions.push_back(static_cast<memory_channel&>(*ends.first).outgoing());
    shared->directions.push_back(static_cast<memory_channel&>(*ends.second).outgoing());
    place->second->waiting.push_back(std::move(ends.second));
    place->second->signal(direction::read);
    co_return std::move(ends.first);
  }

 private:
  [[noreturn]] static void refuse_datagrams() {
    throw std::system_error(EOPNOTSUPP, std::generic_category(),
                            "testing::network carries streams only, no datagrams");
  }
  net_backend* before_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<wire_link>> links_;
  std::map<std::pair<std::string, std::uint16_t>, std::shared_ptr<pending_connections>> listeners_;
  std::uint16_t next_port_ = first_free_port;
};

}  // namespace tutti::detail

namespace tutti::testing {

network::network() : body_(std::make_unique<detail::simulated_network>()) {}
network::~network() = default;
void network::set_link(std::string_view a, std::string_view b, link_options how) {
  body_->link(a, b).how = how;
}
void network::partition(std::string_view a, std::string_view b) { body_->link(a, b).is_cut = true; }
void network::reset(std::string_view a, std::string_view b) { body_->reset(a, b); }
void network::heal() { body_->heal(); }

}  // namespace tutti::testing
