// What anybody writes in an afternoon: a pool and a bounded queue of std::mutex and
// std::condition_variable, to be compared with.
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "report.hpp"

namespace {

template <class T>
class mutex_queue {
 public:
  explicit mutex_queue(std::size_t most) : most_(most) {}
  void put(T x) {
    {
      std::unique_lock hold(mu_);
      room_.wait(hold, [this] { return items_.size() < most_; });
      items_.push_back(std::move(x));
    }
    something_.notify_one();
  }
  T get() {
    std::unique_lock hold(mu_);
    something_.wait(hold, [this] { return !items_.empty(); });
    T x = std::move(items_.front());
    items_.pop_front();
    hold.unlock();
    room_.notify_one();
    return x;
  }

 private:
  std::mutex mu_;
  std::condition_variable something_;
  std::condition_variable room_;
  std::deque<T> items_;
  const std::size_t most_;
};

class mutex_pool {
 public:
  explicit mutex_pool(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~mutex_pool() {
    {
      const std::lock_guard hold(mu_);
      stopping_ = true;
    }
    something_.notify_all();
    for (std::thread& t : threads_) t.join();
  }
  template <class F>
  auto submit(F f) {
    using result = std::invoke_result_t<F>;
    auto call = std::make_shared<std::packaged_task<result()>>(std::move(f));
    auto answer = call->get_future();
    {
      const std::lock_guard hold(mu_);
      todo_.emplace_back([call] { (*call)(); });
    }
    something_.notify_one();
    return answer;
  }

 private:
  void work() {
    std::unique_lock hold(mu_);
    for (;;) {
      something_.wait(hold, [this] { return stopping_ || !todo_.empty(); });
      if (todo_.empty()) return;
      const std::function<void()> next = std::move(todo_.front());
      todo_.pop_front();
      hold.unlock();
      next();
      hold.lock();
    }
  }

  std::mutex mu_;
  std::condition_variable something_;
  std::deque<std::function<void()>> todo_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

void queue(const char* name, int sides) {
  mutex_queue<long> q(bench::queue_capacity);
  const auto produce = [&q, sides] {
    for (long i = 0; i < bench::queue_n / sides; ++i) q.put(i);
  };
  const auto consume = [&q, sides] {
    for (long i = 0; i < bench::queue_n / sides; ++i) (void)q.get();
  };
  const double start = bench::now();
  std::vector<std::thread> others;
  for (int i = 0; i < sides; ++i) others.emplace_back(produce);
  for (int i = 1; i < sides; ++i) others.emplace_back(consume);
  consume();
  for (std::thread& t : others) t.join();
  bench::say_ns(name, "mutex pool", bench::now() - start, bench::queue_n);
}

void submit() {
  mutex_pool pool(2);
  std::vector<std::future<long>> answers;
  answers.reserve(bench::submit_n);
  const double start = bench::now();
  for (long i = 0; i < bench::submit_n; ++i) answers.push_back(pool.submit([i] { return i; }));
  long sum = 0;
  for (auto& a : answers) sum += a.get();
  bench::must(sum == bench::submit_n * (bench::submit_n - 1) / 2, "submit");
  bench::say_ns("pool_submit", "mutex pool", bench::now() - start, bench::submit_n);
}

void round_trip() {
  mutex_pool pool(2);
  const double start = bench::now();
  for (long i = 0; i < bench::trips_n; ++i) {
    bench::must(pool.submit([i] { return i; }).get() == i, "round trip");
  }
  bench::say_ns("pool_round_trip", "mutex pool", bench::now() - start, bench::trips_n);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "queue_1p1c")
    queue("queue_1p1c", 1);
  else if (what == "queue_2p2c")
    queue("queue_2p2c", 2);
  else if (what == "pool_submit")
    submit();
  else if (what == "pool_round_trip")
    round_trip();
  else
    return 2;
}
