#include <tutti/process/backend/throw_trace.hpp>

#include <unwind.h>
#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include <tutti/process/backend/os.hpp>

namespace tutti::detail {
namespace {

constexpr std::size_t frames_max = 64;
constexpr std::size_t lines_max = 32;

struct noted {
  std::array<const void*, frames_max> frames;
  std::size_t count = 0;
};
thread_local noted last;

_Unwind_Reason_Code note_frame(_Unwind_Context* at, void*) {
  const auto next = _Unwind_GetIP(at);
  if (last.count == frames_max || next == 0) return _URC_END_OF_STACK;
  // One back: the call, not what comes after it.
  last.frames[last.count++] = reinterpret_cast<const void*>(next - 1);
  return _URC_NO_REASON;
}

/// What the runtime asks in place of throw_trace's own description.
class asked_by_the_runtime final : public std::type_info {
 public:
  asked_by_the_runtime() : std::type_info("N5tutti6detail11throw_traceE") {}
  bool __do_catch(const std::type_info*, void**, unsigned) const override {  // NOLINT: its name
    last.count = 0;
    _Unwind_Backtrace(&note_frame, nullptr);
    return false;
  }
};

}  // namespace

/// The description that handlers of throw_trace refer to, by the name the ABI gives it.
extern std::byte description[sizeof(asked_by_the_runtime)] __asm__(
    "_ZTIN5tutti6detail11throw_traceE");
alignas(asked_by_the_runtime) std::byte description[sizeof(asked_by_the_runtime)];

void throw_trace::arm() { ::new (static_cast<void*>(description)) asked_by_the_runtime; }

namespace {

bool throws(std::string_view name) noexcept {
  return name.find("__cxa_throw") != name.npos || name.find("__cxa_rethrow") != name.npos ||
         name.find("rethrow_exception") != name.npos;
}
/// Of the library's way from bytes to the call.
bool is_plumbing(std::string_view name) noexcept {
  return name.find("std::__invoke") != name.npos || name.find("std::apply") != name.npos ||
         name.find("std::__apply") != name.npos || name.find("std::invoke") != name.npos;
}
bool is_beneath_the_call(std::string_view name) noexcept {
  return name.find("tutti::wire::remote_call<") != name.npos ||
         name.find("tutti::detail::chunk_run<") != name.npos ||
         name.find("tutti::detail::piece_run<") != name.npos ||
         name.find("::worker::prepare") != name.npos ||
         name.find("::worker::carry_out") != name.npos;
}

}  // namespace

std::string text_of_last_throw() {
  const std::size_t count = std::exchange(last.count, 0);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (throws(os::kept_function_name(last.frames[i]))) begin = i + 1;
  std::string text;
  std::size_t lines = 0;
  for (std::size_t i = begin; i < count && lines < lines_max; ++i) {
    const std::string& name = os::kept_function_name(last.frames[i]);
    if (is_beneath_the_call(name)) break;
    if (is_plumbing(name)) continue;
    text += name + " (" + os::place_of(last.frames[i]) + ")\n";
    ++lines;
  }
  return text;
}

traced_failure failure_of(function_ref<void()> run) {
  traced_failure what;
  try {
    run();
    return what;
  } catch (const throw_trace&) {
    return what;  // never
  } catch (...) {
    what.error = std::current_exception();
  }
  try {
    what.trace = text_of_last_throw();
  } catch (const std::bad_alloc&) {
    what.trace.clear();  // the error counts
  }
  return what;
}

}  // namespace tutti::detail
