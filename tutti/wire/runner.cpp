#include <tutti/wire/runner.hpp>

namespace tutti::wire {

void perform(const call_record& call, reply& out) noexcept {
  std::exception_ptr error;
  try {
    byte_reader in{call.arguments, call.sender};
    call.entry(call.target, in, out);
    return;
  } catch (...) {
    error = std::current_exception();
  }
  out.failure(std::move(error));
}

}  // namespace tutti::wire
