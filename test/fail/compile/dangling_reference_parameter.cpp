// A coroutine's reference parameter must outlive the await; a stored task's temporary does not.
// expect: temporary whose address is used as value of local variable 'work' will be destroyed
// only clang: version 19 knows the rule, with -DTUTTI_LIFETIME_CHECKS=1
#define TUTTI_LIFETIME_CHECKS 1
#include <tutti/tutti.hpp>

#include <chrono>
#include <string>
#include <utility>

tutti::task<std::size_t> length(const std::string& text) {
  co_await tutti::yield();
  co_return text.size();
}

tutti::task<std::size_t> caller() {
#ifdef CONTROL
  auto work = tutti::timeout(std::chrono::seconds(1), length("lives until the await is over"));
  const std::string text = "lives as long as the task";
  auto stored = length(text);
  co_return co_await length("temporary") + co_await std::move(stored);
#else
  auto work = length(std::string("gone at the semicolon"));
#endif
  co_return co_await std::move(work);
}
