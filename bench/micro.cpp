// Ours alone, one operation at a time, with google-benchmark: build/bench/bench/bench_micro
// --benchmark_filter=spawn
#include <benchmark/benchmark.h>

#include <tutti/core/scheduler.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/tutti.hpp>

namespace {

using namespace std::chrono_literals;

tutti::task<int> one() { co_return 1; }

// google-benchmark drives the loop, so the whole measured part runs inside one coroutine.
template <class Body>
void in_a_run(benchmark::State& state, Body body) {
  tutti::run(body(&state));
}

tutti::task<> await_body(benchmark::State* state) {
  for (auto _ : *state) benchmark::DoNotOptimize(co_await one());
}
void await(benchmark::State& state) { in_a_run(state, await_body); }
BENCHMARK(await);

tutti::task<> spawn_body(benchmark::State* state) {
  for (auto _ : *state) {
    auto f = tutti::spawn(one());
    benchmark::DoNotOptimize(co_await std::move(f));
  }
}
void spawn_await(benchmark::State& state) { in_a_run(state, spawn_body); }
BENCHMARK(spawn_await);

tutti::task<> gather_body(benchmark::State* state) {
  for (auto _ : *state) benchmark::DoNotOptimize(co_await tutti::gather(one(), one()));
}
void gather_two(benchmark::State& state) { in_a_run(state, gather_body); }
BENCHMARK(gather_two);

tutti::task<> gather_ten_body(benchmark::State* state) {
  for (auto _ : *state) {
    benchmark::DoNotOptimize(co_await tutti::gather(one(), one(), one(), one(), one(), one(), one(),
                                                    one(), one(), one()));
  }
}
void gather_ten(benchmark::State& state) { in_a_run(state, gather_ten_body); }
BENCHMARK(gather_ten);

tutti::task<> sleeps() { co_await tutti::sleep(1h); }
tutti::task<> sleepers(tutti::task_group& group, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) group.spawn(sleeps());
  co_await tutti::sleep(1h);
}

/// From the request to the end of the last one, an item a task.
tutti::task<> cancel_body(benchmark::State* state) {
  const std::int64_t n = state->range(0);
  for (auto _ : *state) {
    state->PauseTiming();
    tutti::cancel_scope scope;
    auto all = tutti::spawn(scope.run(tutti::with_task_group(sleepers, n)));
    for (int i = 0; i < 3; ++i) co_await tutti::yield();
    state->ResumeTiming();
    scope.cancel();
    co_await std::move(all);
  }
  state->SetItemsProcessed(state->iterations() * n);
}
void cancel_sleeping(benchmark::State& state) { in_a_run(state, cancel_body); }
BENCHMARK(cancel_sleeping)->Arg(100'000);

tutti::task<> timeout_body(benchmark::State* state) {
  for (auto _ : *state) benchmark::DoNotOptimize(co_await tutti::timeout(1h, one()));
}
void timeout_unused(benchmark::State& state) { in_a_run(state, timeout_body); }
BENCHMARK(timeout_unused);

tutti::task<> yield_body(benchmark::State* state) {
  for (auto _ : *state) co_await tutti::yield();
}
void yield(benchmark::State& state) { in_a_run(state, yield_body); }
BENCHMARK(yield);

tutti::task<> timer_body(benchmark::State* state) {
  tutti::detail::scheduler& loop = *tutti::detail::running_scheduler();
  tutti::detail::timer t([](tutti::detail::timer&) noexcept {});
  for (auto _ : *state) {
    t.when = tutti::clock::now() + 1h;
    loop.arm(t);
    loop.disarm(t);
  }
  co_return;
}
void timer_arm_disarm(benchmark::State& state) { in_a_run(state, timer_body); }
BENCHMARK(timer_arm_disarm);

void promise_future(benchmark::State& state) {
  for (auto _ : state) {
    tutti::promise<int> p;
    auto f = p.get_future();
    p.set_value(1);
    benchmark::DoNotOptimize(f.get());
  }
}
BENCHMARK(promise_future);

}  // namespace
