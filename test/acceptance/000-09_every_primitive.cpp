// Each way of creating, synchronising and communicating between threads and tasks at least once,
// all on the same objects; clean under the sanitizers.
// rows: 000-09 000-32
// also under: asan tsan
#include <tutti/tutti.hpp>

#include <atomic>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "acceptance.hpp"

using namespace std::chrono_literals;

/// Everything once, shared by four threads and four tasks.
struct hall {
  tutti::mutex lock;
  int under_lock = 0;
  tutti::recursive_mutex again;
  int under_again = 0;
  tutti::shared_mutex book;
  int pages = 0;
  tutti::condition changed;
  tutti::event go;
  tutti::semaphore seats{2};
  tutti::bounded_semaphore tickets{1};
  std::atomic<int> seated = 0;
  std::atomic<int> seated_most = 0;
  tutti::barrier all{8};
  tutti::latch finished{8};
  tutti::capacity_limiter desk{1};
  tutti::rate_limiter pace{1e6, 8};
  tutti::queue<int> letters{2};
  tutti::guarded<int> counter{0};
  tutti::combinable<int> own;

  void sit() {
    int now = ++seated;
    int most = seated_most;
    while (most < now && !seated_most.compare_exchange_weak(most, now)) {
    }
    --seated;
  }
};

void visitor(hall& h) {
  h.go.wait();
  {
    std::scoped_lock both(h.lock);
    ++h.under_lock;
  }
  {
    std::unique_lock outer(h.again);
    std::unique_lock inner(h.again);
    ++h.under_again;
  }
  {
    std::unique_lock write(h.book);
    ++h.pages;
  }
  {
    std::shared_lock read(h.book);
    require(h.pages > 0, "a reader sees what was written");
  }
  {
    tutti::permit seat{h.seats};
    h.sit();
  }
  h.tickets.acquire();
  h.tickets.release();
  { tutti::permit borrowed{h.desk}; }
  h.pace.acquire();
  h.all.arrive_and_wait();
  h.letters.put(1);
  h.counter.with([](int& n) { ++n; });
  ++h.own.local();
  h.changed.notify_all();
  h.finished.count_down();
}

tutti::task<> async_visitor(hall& h) {
  co_await h.go.async_wait();
  {
    auto held = co_await h.lock.async_lock();
    ++h.under_lock;
  }
  {
    auto outer = co_await h.again.async_lock();
    auto inner = co_await h.again.async_lock();
    ++h.under_again;
  }
  {
    auto write = co_await h.book.async_lock();
    ++h.pages;
  }
  {
    auto read = co_await h.book.async_lock_shared();
    require(h.pages > 0, "a reader sees what was written");
  }
  {
    auto seat = co_await h.seats.async_acquire();
    h.sit();
  }
  { auto ticket = co_await h.tickets.async_acquire(); }
  { auto borrowed = co_await h.desk.async_acquire(); }
  co_await h.pace.async_acquire();
  co_await h.all.async_arrive_and_wait();
  co_await h.letters.async_put(1);
  co_await h.counter.async_with([](int& n) { ++n; });
  ++h.own.local();
  h.changed.notify_all();
  h.finished.count_down();
}

tutti::task<int> eight_letters(hall& h) {
  int sum = 0;
  for (int i = 0; i < 8; ++i) {
    sum += co_await h.letters.async_get();
    h.letters.task_done();
  }
  co_await h.letters.async_join();
  auto held = co_await h.lock.async_lock();
  co_await h.changed.async_wait(held, [&] { return h.under_lock == 8; });
  co_await h.finished.async_wait();
  co_return sum;
}

tutti::task<> four_tasks(hall& h) {
  std::vector<tutti::future<void>> visitors;
  for (int i = 0; i < 4; ++i) visitors.push_back(tutti::spawn(async_visitor(h)));
  auto letters = tutti::spawn(eight_letters(h));
  h.go.set();
  co_await tutti::gather(std::move(visitors));
  const int sum = co_await std::move(letters);
  require(sum == 8, "eight letters arrived");
}

int main() {
  hall h;
  {
    std::vector<tutti::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back("visitor", visitor, std::ref(h));
    tutti::run(four_tasks(h));
  }
  require(h.under_lock == 8 && h.under_again == 8 && h.pages == 8, "no increment was lost");
  require(h.seated_most <= 2, "never more than two on two seats");
  require(h.counter.with([](int n) { return n; }) == 8, "guarded counts eight");
  require(h.own.combine([](int a, int b) { return a + b; }) == 8, "combinable counts eight");
}
