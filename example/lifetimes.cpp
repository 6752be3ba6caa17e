// What a task needs must live until it is over. Three rules: parameters are values, what a lambda
// captures must outlive its coroutine, and a task is awaited where it is made or owns everything.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include <tutti/tutti.hpp>

// 1. Parameters by value: the coroutine owns them, whoever awaits it and whenever.
tutti::task<std::size_t> length(std::string text) {
  co_await tutti::yield();
  co_return text.size();
}

// A reference is right when the caller awaits at once: then it outlives the call.
tutti::task<> count(const std::string& text, std::size_t& total) {
  co_await tutti::yield();
  total += text.size();
}

tutti::task<> amain() {
  auto stored = length(std::string("moved into the task"));
  std::size_t total = co_await std::move(stored);
  co_await count("lives until the await is over", total);
  std::printf("%zu\n", total);

  // 2. A coroutine lambda captures nothing; what it needs are arguments.
  auto owner = std::make_unique<std::string>("owned by the coroutine");
  const auto show = [](std::unique_ptr<std::string> what) -> tutti::task<> {
    co_await tutti::yield();
    std::printf("%s\n", what->c_str());
  };
  auto in_background = tutti::spawn(show, std::move(owner));  // the callable first, then arguments
  co_await std::move(in_background);

  // [&] is right where everything is awaited before the block ends.
  int sum = 0;
  const auto add = [&sum](int x) -> tutti::task<> {
    co_await tutti::yield();
    sum += x;
  };
  co_await tutti::gather(add(1), add(2), add(3));
  std::printf("%d\n", sum);

  // 3. Scopes keep the order: a group ends before what its children refer to.
  std::size_t both = 0;
  const std::string text = "outlives the group";
  const auto body = [&](tutti::task_group& group) -> tutti::task<> {
    group.spawn(count(text, both));
    group.spawn(count(text, both));
    co_return;
  };
  co_await tutti::with_task_group(body);
  std::printf("%zu\n", both);
}

int main() { tutti::run(amain()); }

// Output:
// 48
// owned by the coroutine
// 6
// 36
