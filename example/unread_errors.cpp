// An error that nobody reads is not lost: it goes to one place of the program, with the name of
// its task. By default that place is a line on standard error.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

#include <tutti/observe.hpp>
#include <tutti/tutti.hpp>

tutti::task<> send_report() {
  co_await tutti::yield();
  throw std::runtime_error("no connection");
}

tutti::task<> amain() {
  tutti::spawn(send_report(), {.name = "report"});  // the future is dropped, the error is not
  auto awaited = tutti::spawn(send_report(), {.name = "awaited"});
  try {
    co_await std::move(awaited);
  } catch (const std::runtime_error& e) {
    std::printf("caught: %s\n", e.what());
  }
}

void tell(const tutti::observe::task_info& task, std::exception_ptr error) try {
  std::rethrow_exception(error);
} catch (const std::exception& e) {
  std::printf("nobody read the error of \"%s\": %s\n", task.name.c_str(), e.what());
}

int main() {
  tutti::observe::on_unobserved_error(tell);
  tutti::run(amain());
}

// Output:
// nobody read the error of "report": no connection
// caught: no connection
