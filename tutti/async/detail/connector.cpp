#include <tutti/async/detail/connector.hpp>

#include <exception>
#include <system_error>

#include <tutti/async/backend/socket.hpp>
#include <tutti/async/detail/slots.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/task_group.hpp>
#include <tutti/core/timeout.hpp>

namespace tutti::detail {
namespace {

struct contest {
  dialer& with;
  std::size_t count;
  duration delay;
  std::unique_ptr<channel> winner;
  std::exception_ptr first_error;
  std::size_t failed = 0;
  local_event news;
};

task<void> attempt(contest& c, std::size_t which) {
  try {
    std::unique_ptr<channel> made = co_await c.with.dial(which);
    if (c.winner == nullptr) c.winner = std::move(made);
  } catch (const std::exception&) {
    if (c.first_error == nullptr) c.first_error = std::current_exception();
    ++c.failed;
  }
  c.news.signal(direction::read);
}

task<void> until_news(contest& c) { co_await c.news.until(direction::read); }

/// Starts one attempt after the other until one of them wins or all have failed.
task<void> try_all(task_group& group, contest* contest_of_all) {
  contest& c = *contest_of_all;
  std::size_t begun = 0;
  while (c.winner == nullptr && c.failed < c.count) {
    const std::size_t failed_before = c.failed;
    if (begun < c.count) group.spawn(attempt(c, begun++));
    c.news.clear(direction::read);
    bool is_late = false;
    while (c.winner == nullptr && c.failed == failed_before && !is_late) {
      if (begun < c.count) {
        const bool in_time = co_await move_on_after(c.delay, until_news(c));
        is_late = !in_time;
      } else {
        co_await until_news(c);
      }
      c.news.clear(direction::read);
    }
  }
  group.cancel();
}

}  // namespace

task<std::unique_ptr<channel>> connect_one(socket_address to) {
  connecting_socket socket(to, {});
  if (!socket.is_connected()) {
    co_await socket.ready().until(direction::write);
    if (const int number = socket.finish(); number != 0) {
      throw std::system_error(number, std::generic_category(), "connect to " + address_text(to));
    }
  }
  co_return socket.take();
}

socket_addresses in_turns(const socket_addresses& found) {
  socket_addresses out;
  if (found.empty()) return out;
  socket_addresses first;
  socket_addresses second;
  for (const socket_address& a : found)
    (a.is_v6 == found.front().is_v6 ? first : second).push_back(a);
  for (std::size_t i = 0; i < first.size() || i < second.size(); ++i) {
    if (i < first.size()) out.push_back(first[i]);
    if (i < second.size()) out.push_back(second[i]);
  }
  return out;
}

task<std::unique_ptr<channel>> connect_first(dialer& with, std::size_t count, duration delay) {
  if (count == 1) co_return co_await with.dial(0);
  contest c{with, count, delay, nullptr, nullptr, 0, {}};
  co_await with_task_group(&try_all, &c);
  if (c.winner == nullptr && c.first_error != nullptr) std::rethrow_exception(c.first_error);
  co_return std::move(c.winner);
}

namespace {
class socket_dialer final : public dialer {
 public:
  explicit socket_dialer(socket_addresses in_order) noexcept : addresses_(std::move(in_order)) {}
  task<std::unique_ptr<channel>> dial(std::size_t which) override {
    return connect_one(addresses_[which]);
  }

 private:
  socket_addresses addresses_;
};
}  // namespace

task<std::unique_ptr<channel>> connect_any(socket_addresses found, duration delay) {
  const std::size_t count = found.size();
  if (count == 1) co_return co_await connect_one(found.front());
  socket_dialer machine(in_turns(found));
  co_return co_await connect_first(machine, count, delay);
}

}  // namespace tutti::detail
