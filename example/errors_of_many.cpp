// What fails is told, with its type, its text and its way: one error of a gather, all errors of a
// group as a tree, and outcomes where failure is an answer like any other.
#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <tutti/tutti.hpp>

tutti::task<int> fetch(int page) {
  co_await tutti::yield();
  if (page == 2) throw std::out_of_range("no page 2");
  co_return 10 * page;
}
tutti::task<int> read(int page) { co_return co_await fetch(page); }

tutti::task<> save(std::string to) {
  try {
    co_await tutti::sleep(tutti::duration::max());
  } catch (const tutti::cancelled&) {
    throw std::system_error(std::make_error_code(std::errc::no_space_on_device), to);
  }
}

tutti::task<> first_error() {
  try {
    co_await tutti::gather(read(1), read(2), read(3));
  } catch (const std::out_of_range&) {
    std::puts(tutti::error_text().c_str());  // with type, and the coroutines it came through
  }
}

tutti::task<> every_outcome() {
  std::vector<tutti::task<int>> pages;
  for (int page = 1; page <= 3; ++page) pages.push_back(fetch(page));
  const std::vector<tutti::outcome<int>> all = co_await tutti::gather_settled(std::move(pages));
  for (const tutti::outcome<int>& one : all) std::printf("%d\n", one.value_or(-1));
}

// The first failure cancels the others; what they throw on their way out is kept, too.
tutti::task<> both(tutti::task_group& group) {
  group.spawn(save("backup"), {.name = "backup"});
  group.spawn(fetch(2), {.name = "page"});
  co_return;
}

tutti::task<> all_errors() {
  try {
    co_await tutti::with_task_group(both);
  } catch (tutti::exception_group& group) {
    std::printf("%s\n", group.what());
    group
        .handle<std::system_error>([](const auto& e) { std::printf("disk: %s\n", e.what()); })
        .handle<std::out_of_range>([](const auto& e) { std::printf("page: %s\n", e.what()); })
        .rethrow_if_any();
  }
}

tutti::task<> amain() {
  co_await first_error();
  co_await every_outcome();
  co_await all_errors();
}

int main() { tutti::run(amain()); }

// Output:
// std::out_of_range: no page 2
//     in fetch (…errors_of_many.cpp:…)
//     in read (…errors_of_many.cpp:…)
// 10
// -1
// 30
// 2 failures
//   - [page] std::out_of_range: no page 2
//   - [backup] std::system_error: backup: No space left on device
// disk: backup: No space left on device
// page: no page 2
