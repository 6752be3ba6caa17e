#include <tutti/testing/network.hpp>

#include <algorithm>
#include <cerrno>
#include <map>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <tutti/async/backend/socket.hpp>
#include <tutti/async/detail/call_fault.hpp>
#include <tutti/async/detail/connector.hpp>
#include <tutti/async/detail/net_backend.hpp>
#include <tutti/base/clock.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/testing/detail/memory_datagrams.hpp>
#include <tutti/testing/detail/memory_listener.hpp>
#include <tutti/testing/detail/wire_link.hpp>

namespace tutti::detail {
namespace {

constexpr duration connect_time_max = std::chrono::seconds(127);  // Linux: 6 repetitions
constexpr duration asks_again_after = std::chrono::seconds(1);
constexpr std::uint16_t first_free_port = 49152;
constexpr std::string_view host_of_nobody = "localhost";

void fail_if(int number, const char* what, const net::endpoint& where) {
  if (number != 0) throw std::system_error(number, std::generic_category(), what + where.text());
}

bool is_loopback(std::string_view host) {
  return host == host_of_nobody || host == "::1" || host.starts_with("127.");
}

task<void> until_open(std::shared_ptr<wire_link> l) { co_await l->opened().until(direction::read); }

/// Links, each held up from one random moment to another.
struct storm {
  struct change {
    std::shared_ptr<wire_link> which;
    bool holds;
  };
  std::multimap<time_point, change> plan;
  std::vector<std::shared_ptr<wire_link>> held;

  storm() = default;
  storm(const storm&) = delete;
  storm& operator=(const storm&) = delete;
  /// Whatever happens to us, nothing stays held up.
  ~storm() {
    for (const std::shared_ptr<wire_link>& l : held) l->unclog();
  }
  void next() {
    const auto now = plan.extract(plan.begin());
    const change& c = now.mapped();
    if (c.holds) {
      held.push_back(c.which);
      c.which->clog();
    } else {
      held.erase(std::find(held.begin(), held.end(), c.which));
      c.which->unclog();
    }
  }
};

}  // namespace

context_var<std::string>& host_of_task() {
  static context_var<std::string>& host =
      *new context_var<std::string>("host", std::string(host_of_nobody));
  return host;
}

class simulated_network final : public net_backend,
                                public std::enable_shared_from_this<simulated_network> {
 public:
  simulated_network() {
    if (current_network != nullptr) {
      throw error("a testing::network lives on this thread already: one serves all hosts");
    }
    current_network = this;
  }
  /// Its tasks may outlive it by a moment.
  void leave() {
    if (current_network == this) current_network = nullptr;
    has_left_ = true;
    for (auto& [hosts, l] : links_) l->opened().signal(direction::read);
  }

  const std::shared_ptr<wire_link>& link(std::string_view from, std::string_view to) {
    std::pair<std::string, std::string> key(from, to);
    auto found = links_.find(key);
    if (found == links_.end()) {  // made first: every allocation may fail
      auto made = std::make_shared<wire_link>();
      found = links_.emplace(std::move(key), std::move(made)).first;
    }
    return found->second;
  }
  void heal() {
    for (auto& [hosts, l] : links_) l->mend();
  }
  void set_name(std::string_view name, testing::name_options how) {
    names_[std::string(name)] = std::move(how);
  }

  task<void> swizzle(duration within) {
    const auto some_time = [within] {
      const auto all = static_cast<std::uint64_t>(std::max<duration::rep>(within.count(), 1));
      return duration(static_cast<duration::rep>(network_dice().below(all)));
    };
    storm all;
    const time_point start = clock::now();
    time_point middle = start;
    std::vector<std::shared_ptr<wire_link>> chosen;
    for (auto& [hosts, l] : links_) {
      if (network_dice().below(2) == 0) continue;
      const time_point from = start + some_time();
      middle = std::max(middle, from);
      all.plan.emplace(from, storm::change{l, true});
      chosen.push_back(l);
    }
    for (const auto& l : chosen) all.plan.emplace(middle + some_time(), storm::change{l, false});
    while (!all.plan.empty()) {
      co_await sleep_until(all.plan.begin()->first);
      all.next();
    }
  }

  std::unique_ptr<listener_channel> listen(const net::endpoint& at, int backlog) override {
    for (const char* const site : {"net.socket", "net.bind", "net.listen"}) {
      fail_if(call_fault(site), "listen on ", at);
    }
    auto [host, port] = place_of(at);
    if (has_listener(host, port)) fail_if(EADDRINUSE, "listen on ", at);
    auto place = std::make_shared<pending_connections>();
    place->at = net::endpoint(host, port);
    place->waiting_max = static_cast<std::size_t>(std::max(backlog, 0)) + 1;  // as Linux counts
    auto out = std::make_unique<memory_listener>(place);
    listeners_.insert_or_assign({std::move(host), port}, std::move(place));
    return out;
  }

  std::unique_ptr<datagram_channel> bind(const net::endpoint& at) override {
    for (const char* const site : {"net.socket", "net.bind"}) {
      fail_if(call_fault(site), "bind to ", at);
    }
    std::pair<std::string, std::uint16_t> place = place_of(at);
    std::weak_ptr<mailbox>& box = mailboxes_[place];
    if (const auto other = box.lock(); other != nullptr && other->is_open()) {
      fail_if(EADDRINUSE, "bind to ", at);
    }
    const auto own = std::make_shared<mailbox>(net::endpoint(std::move(place.first), place.second));
    box = own;
    return std::make_unique<memory_datagrams>(
        own, book_,
        [net = weak_from_this()](const mailbox& from, const socket_address& to, std::string bytes) {
          const auto alive = net.lock();
          if (alive == nullptr || alive->has_left_) return ENETDOWN;
          alive->route(from, to, std::move(bytes));
          return 0;
        });
  }

  task<std::unique_ptr<channel>> connect(std::string host, std::uint16_t port,
                                         duration attempt_delay) override {
    const std::shared_ptr<simulated_network> alive = shared_from_this();
    host_dialer hosts(*this, co_await resolve(std::move(host)), port);
    const std::size_t count = hosts.count();
    co_return co_await connect_first(hosts, count, attempt_delay);
  }

 private:
  class host_dialer final : public dialer {
   public:
    host_dialer(simulated_network& net, std::vector<std::string> hosts, std::uint16_t port)
        : net_(net), hosts_(std::move(hosts)), port_(port) {}
    std::size_t count() const noexcept { return hosts_.size(); }
    task<std::unique_ptr<channel>> dial(std::size_t which) override {
      return net_.connect_one(hosts_[which], port_);
    }

   private:
    simulated_network& net_;
    std::vector<std::string> hosts_;
    std::uint16_t port_;
  };

  task<std::vector<std::string>> resolve(std::string name) {
    const auto known = names_.find(name);
    if (const int number = call_fault("net.resolve"); number != 0) fail_lookup(name, number);
    if (known == names_.end()) co_return std::vector<std::string>(1, name);
    const testing::name_options how = known->second;
    co_await sleep(how.delay);
    if (how.failure > 0 && network_dice().unit() < how.failure) fail_lookup(name, lookup_again);
    if (how.hosts.empty()) fail_lookup(name, no_such_name);
    co_return how.hosts;
  }

  task<std::unique_ptr<channel>> connect_one(std::string host, std::uint16_t port) {
    const std::string from = host_of_task().get();
    const net::endpoint goal(host, port);
    if (is_loopback(host)) {
      const bool only_there = !has_listener(from, port) && has_listener(host_of_nobody, port);
      host = host == host_of_nobody && only_there ? std::string(host_of_nobody) : from;
    }
    fail_if(call_fault("net.socket"), "connect to ", goal);
    const std::shared_ptr<wire_link> there = link(from, host);
    const std::shared_ptr<wire_link> back = link(host, from);
    const time_point give_up = clock::now() + connect_time_max;
    for (;;) {
      co_await cross(there, give_up, goal);
      if (!has_listener(host, port) || !listeners_[{host, port}]->is_full()) break;
      co_await sleep_until(std::min(give_up, clock::now() + asks_again_after));
    }
    int number = call_fault("net.connect");
    if (number == 0 && !has_listener(host, port)) number = ECONNREFUSED;
    if (number != 0) {
      co_await cross(back, give_up, goal);
      fail_if(number, "connect to ", goal);
    }
    auto ends = make_memory_channels(0, there, back, net::endpoint(from, free_port(from)),
                                     net::endpoint(host, port));
    there->carry(static_cast<memory_channel&>(*ends.first).outgoing());
    back->carry(static_cast<memory_channel&>(*ends.second).outgoing());
    listeners_[{host, port}]->arrive(std::move(ends.second));
    co_await cross(back, give_up, goal);
    co_return std::move(ends.first);
  }

  /// What has no content travels over that link. Throws when it has not arrived by `give_up`.
  task<void> cross(std::shared_ptr<wire_link> over, time_point give_up, net::endpoint goal) {
    for (;;) {
      if (has_left_) {
        throw error("the testing::network was destroyed while a task connected to " + goal.text());
      }
      const time_point now = clock::now();
      if (now >= give_up) fail_if(ETIMEDOUT, "connect to ", goal);
      const std::uint64_t holds = over->holds();
      const time_point at = over->arrival(0);
      if (at == time_point::max()) {
        over->opened().clear(direction::read);
        co_await move_on_after(give_up - now, until_open(over));
        continue;
      }
      if (at <= now) co_return;
      co_await sleep_until(std::min(at, give_up));
      if (over->holds() == holds && at <= give_up && !has_left_) co_return;
    }
  }

  void route(const mailbox& from, const socket_address& to, std::string bytes) {
    net::endpoint goal = book_->endpoint_of(to);
    const std::string& here = from.at().host();
    if (is_loopback(goal.host())) {  // "localhost" is a host of its own, if nobody listens here
      const bool stays = goal.host() == host_of_nobody && !mailboxes_.contains({here, goal.port()});
      if (!stays) goal = net::endpoint(here, goal.port());
    }
    const std::shared_ptr<wire_link>& way = link(here, goal.host());
    const std::vector<time_point> arrivals = way->datagram(bytes.size());
    const auto found = mailboxes_.find({goal.host(), goal.port()});
    const auto box = found != mailboxes_.end() ? found->second.lock() : nullptr;
    if (box == nullptr) return;  // as in real life: nobody hears of it
    way->carry_to(box);
    const socket_address back = book_->address_of(from.at());
    for (const time_point when : arrivals) box->deliver(when, {bytes, back, way.get()});
  }

  bool has_listener(std::string_view host, std::uint16_t port) const {
    const auto found = listeners_.find({std::string(host), port});
    return found != listeners_.end() && found->second->is_open;
  }
  std::pair<std::string, std::uint16_t> place_of(const net::endpoint& at) {
    const bool anywhere = at.host().empty() || at.host() == "0.0.0.0" || at.host() == "::";
    std::string host = anywhere || is_loopback(at.host()) ? host_of_task().get() : at.host();
    const std::uint16_t port = at.port() != 0 ? at.port() : free_port(host);
    return {std::move(host), port};
  }
  /// One after the other, round and round; not one that something listens on.
  std::uint16_t free_port(const std::string& host) {
    for (;;) {
      const std::uint16_t port = next_port_;
      next_port_ = port == 65'535 ? first_free_port : static_cast<std::uint16_t>(port + 1);
      const auto box = mailboxes_.find({host, port});
      if (!has_listener(host, port) && (box == mailboxes_.end() || box->second.expired()))
        return port;
    }
  }

  std::map<std::pair<std::string, std::string>, std::shared_ptr<wire_link>> links_;
  std::map<std::pair<std::string, std::uint16_t>, std::shared_ptr<pending_connections>> listeners_;
  std::map<std::pair<std::string, std::uint16_t>, std::weak_ptr<mailbox>> mailboxes_;
  std::map<std::string, testing::name_options> names_;
  std::shared_ptr<address_book> book_ = std::make_shared<address_book>();
  std::uint16_t next_port_ = first_free_port;
  bool has_left_ = false;
};

}  // namespace tutti::detail

namespace tutti::testing {
namespace {

void require_probability(double p, const std::string& what) {
  if (p >= 0 && p <= 1) return;
  throw std::invalid_argument(what + " is " + std::to_string(p) +
                              ": a probability lies between 0 and 1");
}
void require_time(duration d, const std::string& what) {
  if (d < duration::zero()) throw std::invalid_argument(what + " is negative");
}

void require_sense(const link_options& how) {
  require_probability(how.loss, "the loss of a link");
  require_probability(how.reorder, "the reordering of a link");
  require_probability(how.duplicate, "the duplication of a link");
  require_time(how.delay, "the delay of a link");
  require_time(how.jitter, "the jitter of a link");
}

}  // namespace

network::network() : body_(std::make_shared<detail::simulated_network>()) {}
network::~network() { body_->leave(); }
void network::set_link(std::string_view a, std::string_view b, link_options how) {
  set_one_way(a, b, how);
  set_one_way(b, a, how);
}
void network::set_one_way(std::string_view from, std::string_view to, link_options how) {
  require_sense(how);
  body_->link(from, to)->how = how;
}
void network::partition(std::string_view a, std::string_view b) {
  partition_one_way(a, b);
  partition_one_way(b, a);
}
void network::partition_one_way(std::string_view from, std::string_view to) {
  body_->link(from, to)->cut();
}
void network::reset(std::string_view a, std::string_view b) {
  body_->link(a, b)->reset();
  body_->link(b, a)->reset();
}
void network::heal() { body_->heal(); }
void network::heal(std::string_view a, std::string_view b) {
  body_->link(a, b)->mend();
  body_->link(b, a)->mend();
}
void network::set_name(std::string_view name, name_options how) {
  require_probability(how.failure, "the failure of a name");
  require_time(how.delay, "the delay of a name");
  body_->set_name(name, std::move(how));
}
task<void> network::swizzle(duration within) { return body_->swizzle(within); }

}  // namespace tutti::testing
