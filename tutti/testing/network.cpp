#include <tutti/testing/network.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <system_error>
#include <vector>

#include <tutti/async/detail/net_backend.hpp>
#include <tutti/base/clock.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/sys/world.hpp>
#include <tutti/testing/detail/memory_datagrams.hpp>
#include <tutti/testing/detail/wire_link.hpp>

namespace tutti::detail {
namespace {

constexpr duration asks_again_after = std::chrono::milliseconds(100);
constexpr std::size_t window_bytes = 64 * 1024;
constexpr std::uint16_t first_free_port = 49152;

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
    if (const int number = sys::injected_fault("net.accept"); number != 0) {
      return {nullptr, number};
    }
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

namespace {
void fail_if(int number, const char* what, const net::endpoint& where) {
  if (number != 0) throw std::system_error(number, std::generic_category(), what + where.text());
}
}  // namespace

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
      l->look_again();
    }
  }
  void set_name(std::string_view name, testing::name_options how) {
    names_[std::string(name)] = std::move(how);
  }

  /// Half of the links, each held up from one random moment to another, in different orders.
  task<void> swizzle(duration within) {
    const auto some_time = [within] {
      const auto all = static_cast<std::uint64_t>(std::max<duration::rep>(within.count(), 1));
      return clock::now() + duration(static_cast<duration::rep>(network_dice().below(all)));
    };
    struct change {
      std::shared_ptr<wire_link> which;
      bool holds;
    };
    std::multimap<time_point, change> plan;
    time_point middle = clock::now();
    for (auto& [hosts, l] : links_) {
      if (network_dice().below(2) == 0) continue;
      const time_point from = some_time();
      middle = std::max(middle, from);
      plan.emplace(from, change{l, true});
    }
    std::multimap<time_point, change> ends;
    for (auto& [when, c] : plan) {
      ends.emplace(middle + (some_time() - clock::now()), change{c.which, false});
    }
    plan.merge(ends);
    // Whatever happens to us, nothing stays held up.
    struct opener {
      std::multimap<time_point, change>& left;
      ~opener() {
        for (auto& [when, c] : left) {
          if (c.holds || c.which->clogs == 0) continue;
          --c.which->clogs;
          c.which->look_again();
        }
      }
    } at_the_end{plan};
    while (!plan.empty()) {
      co_await sleep_until(plan.begin()->first);
      const auto now = plan.extract(plan.begin());
      change& c = now.mapped();
      if (c.holds) {
        ++c.which->clogs;
      } else {
        --c.which->clogs;
        c.which->look_again();
      }
    }
  }

  void reset(std::string_view a, std::string_view b) {
    for (const std::weak_ptr<memory_direction>& d : link(a, b).directions) {
      if (const auto alive = d.lock()) alive->break_off();
    }
  }

  std::unique_ptr<listener_channel> listen(const net::endpoint& at, int) override {
    fail_if(sys::injected_fault("net.listen"), "listen on ", at);
    auto [host, port] = place_of(at);
    std::shared_ptr<pending_connections>& place = listeners_[{host, port}];
    if (place != nullptr && place->is_open) {
      fail_if(EADDRINUSE, "listen on ", at);
    }
    place = std::make_shared<pending_connections>();
    place->at = net::endpoint(std::move(host), port);
    return std::make_unique<memory_listener>(place);
  }

  std::unique_ptr<datagram_channel> bind(const net::endpoint& at) override {
    fail_if(sys::injected_fault("net.bind"), "bind to ", at);
    std::pair<std::string, std::uint16_t> place = place_of(at);
    std::weak_ptr<mailbox>& box = mailboxes_[place];
    if (const auto other = box.lock(); other != nullptr && other->is_open()) {
      fail_if(EADDRINUSE, "bind to ", at);
    }
    const auto own = std::make_shared<mailbox>(net::endpoint(std::move(place.first), place.second));
    box = own;
    return std::make_unique<memory_datagrams>(
        own, [this](const mailbox& from, const socket_address& to, std::string bytes) {
          route(from, to, std::move(bytes));
        });
  }
  /// The number of the endpoint in our list.
  socket_address address(const net::endpoint& to) override {
    auto at = std::find_if(places_.begin(), places_.end(), [&to](const net::endpoint& e) {
      return e.host() == to.host() && e.port() == to.port();
    });
    if (at == places_.end()) at = places_.insert(at, to);
    const auto number = static_cast<std::size_t>(at - places_.begin());
    socket_address out;
    std::memcpy(out.bytes.data(), &number, sizeof number);
    out.size = sizeof number;
    return out;
  }
  net::endpoint endpoint(const socket_address& a) override {
    std::size_t number = 0;
    std::memcpy(&number, a.bytes.data(), sizeof number);
    return places_.at(number);
  }

  task<std::unique_ptr<channel>> connect(std::string host, std::uint16_t port) override {
    const std::vector<std::string> found = co_await resolve(host);
    std::exception_ptr first;
    for (const std::string& to : found) {
      try {
        co_return co_await connect_one(to, port);
      } catch (const std::system_error&) {
        if (first == nullptr) first = std::current_exception();
      }
    }
    std::rethrow_exception(first);
  }

 private:
  task<std::vector<std::string>> resolve(std::string name) {
    const auto known = names_.find(name);
    if (known == names_.end()) co_return std::vector<std::string>(1, name);
    const testing::name_options how = known->second;
    co_await sleep(how.delay);
    const bool lost = how.failure > 0 && network_dice().unit() < how.failure;
    if (lost || how.hosts.empty()) throw error("the host \"" + name + "\" was not found");
    co_return how.hosts;
  }

  task<std::unique_ptr<channel>> connect_one(std::string host, std::uint16_t port) {
    const std::string from = host_of_task().get();
    wire_link& between = link(from, host);
    while (between.is_held()) co_await sleep(asks_again_after);
    co_await sleep_until(between.arrival());
    const net::endpoint goal(host, port);
    fail_if(sys::injected_fault("net.connect"), "connect to ", goal);
    const auto place = listeners_.find({host, port});
    if (place == listeners_.end() || !place->second->is_open) {
      fail_if(ECONNREFUSED, "connect to ", goal);
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

  void route(const mailbox& from, const socket_address& to, std::string bytes) {
    const net::endpoint goal = endpoint(to);
    const std::vector<time_point> arrivals = link(from.at().host(), goal.host()).datagram();
    const auto found = mailboxes_.find({goal.host(), goal.port()});
    const auto box = found != mailboxes_.end() ? found->second.lock() : nullptr;
    if (box == nullptr) return;  // as in real life: nobody hears of it
    const socket_address back = address(from.at());
    for (const time_point when : arrivals) box->deliver(when, {bytes, back});
  }

  std::pair<std::string, std::uint16_t> place_of(const net::endpoint& at) {
    const bool anywhere = at.host().empty() || at.host() == "0.0.0.0" || at.host() == "::";
    return {anywhere ? host_of_task().get() : at.host(), at.port() != 0 ? at.port() : next_port_++};
  }

  net_backend* before_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<wire_link>> links_;
  std::map<std::pair<std::string, std::uint16_t>, std::shared_ptr<pending_connections>> listeners_;
  std::map<std::pair<std::string, std::uint16_t>, std::weak_ptr<mailbox>> mailboxes_;
  std::map<std::string, testing::name_options> names_;
  std::vector<net::endpoint> places_;
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
void network::set_name(std::string_view name, name_options how) {
  body_->set_name(name, std::move(how));
}
task<void> network::swizzle(duration within) { return body_->swizzle(within); }

}  // namespace tutti::testing
