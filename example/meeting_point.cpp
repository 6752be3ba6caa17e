// One queue, one lock: threads block where coroutines await, on the same objects and in one line.
#include <cstdio>

#include <tutti/tutti.hpp>

struct ledger {
  tutti::mutex lock;
  long total = 0;
};

void count_in_a_thread(tutti::queue<int>& orders, ledger& book) {
  while (auto order = orders.next()) {
    tutti::lock_guard hold{book.lock};
    book.total += *order;
  }
}

tutti::task<> count_in_a_task(tutti::queue<int>& orders, ledger& book) {
  while (auto order = co_await orders.async_next()) {
    auto hold = co_await book.lock.async_lock();
    book.total += *order;
  }
}

int main() {
  tutti::queue<int> orders{8};  // who puts a ninth waits
  ledger book;
  {
    tutti::thread counter{"counter", [&] { count_in_a_thread(orders, book); }};
    tutti::event_loop loop;
    auto task = loop.submit(count_in_a_task(orders, book));
    for (int i = 1; i <= 1000; ++i) orders.put(i);
    orders.close();  // both take what is left, then their loops end
    task.get();
  }
  std::printf("%ld\n", book.total);
}

// Output:
// 500500
