// rows: 003-06
// also under: asan tsan
// Every public wait is a checkpoint, also when what it waits for is there already. A task, and what
// runs other awaitables, is none by itself (docs/glossary.md says so): the waits inside are.
#include "acceptance.hpp"

#include <tutti/testing.hpp>
#include <tutti/tutti.hpp>

#include <array>
#include <source_location>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
namespace lab = tutti::testing;
using where = std::source_location;

namespace {

template <class A>
tutti::task<> is_checkpoint(A awaits, where from = where::current()) {
  lab::assert_checkpoint here(from);
  (void)co_await std::move(awaits);
}
template <class A>
tutti::task<> is_none(A awaits, where from = where::current()) {
  lab::assert_no_checkpoint here(from);
  (void)co_await std::move(awaits);
}

tutti::task<int> at_once(int x) { co_return x; }

tutti::task<> core() {
  co_await is_checkpoint(tutti::sleep(0s));
  co_await is_checkpoint(tutti::sleep_until(tutti::clock::now()));
  co_await is_checkpoint(tutti::yield());
  co_await is_none(tutti::gather(at_once(1), at_once(2)));
  co_await is_none(tutti::gather_settled(at_once(1)));
  co_await is_none(tutti::race(at_once(1), at_once(2)));
  co_await is_none(tutti::timeout(1s, at_once(1)));
  co_await is_none(tutti::move_on_after(1s, at_once(1)));
  co_await is_none(tutti::shield(at_once(1)));
  auto future = tutti::spawn(at_once(1));
  co_await tutti::yield();
  co_await is_checkpoint(std::move(future));
  const auto body = [](tutti::task_group& g) -> tutti::task<> {
    g.spawn(at_once(1));
    co_return;
  };
  co_await is_none(tutti::with_task_group(body));
  co_await is_none(at_once(1));
}

tutti::task<> waiting() {
  tutti::mutex m;
  co_await is_checkpoint(m.async_lock());
  tutti::recursive_mutex r;
  co_await is_checkpoint(r.async_lock());
  tutti::shared_mutex s;
  co_await is_checkpoint(s.async_lock());
  co_await is_checkpoint(s.async_lock_shared());
  tutti::event e;
  e.set();
  co_await is_checkpoint(e.async_wait());
  tutti::semaphore permits{1};
  co_await is_checkpoint(permits.async_acquire());
  tutti::barrier b{1};
  co_await is_checkpoint(b.async_arrive_and_wait());
  tutti::latch none{0};
  co_await is_checkpoint(none.async_wait());
  tutti::rate_limiter often{1000.0, 10};
  co_await is_checkpoint(often.async_acquire());
  tutti::queue<int> q;
  co_await is_checkpoint(q.async_put(1));
  co_await is_checkpoint(q.async_get());
  q.put(2);
  co_await is_checkpoint(q.async_next());
  q.close();
  co_await is_checkpoint(q.async_next());
  tutti::condition c;
  auto guard = co_await m.async_lock();
  const auto always = [] { return true; };
  co_await is_checkpoint(c.async_wait(guard, always));
}

tutti::task<> others() {
  auto [a, b] = lab::memory_stream_pair();
  co_await is_checkpoint(a.write("x\ny\n"));
  co_await is_checkpoint(a.flush());
  co_await is_checkpoint(b.read_line());
  std::array<std::byte, 1> one;
  co_await is_checkpoint(b.read_some(one));
  co_await is_checkpoint(a.shutdown_write());
  co_await is_checkpoint(tutti::to_thread([] { return 1; }));
  tutti::thread_pool pool{{.threads = 1}};
  co_await is_none(tutti::on(pool, at_once(1)));
  co_await is_checkpoint(pool.async_shutdown());
}

void every_one_of(tutti::task<> some) {
  try {
    lab::run_virtual(std::move(some));
  } catch (const lab::failure& f) {
    require(false, f.what());
  }
}

}  // namespace

int main() {
  every_one_of(core());
  every_one_of(waiting());
  every_one_of(others());
  return 0;
}
