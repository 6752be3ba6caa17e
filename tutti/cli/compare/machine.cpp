#include <tutti/base/clock.hpp>
#include <tutti/cli/compare/method.hpp>
#include <tutti/sys/interrupt.hpp>
#include <tutti/sys/process_use.hpp>

namespace tutti::cli::compare {

machine this_machine() {
  machine out;
  out.seconds = [] {
    return std::chrono::duration<double>(clock::now().time_since_epoch()).count();
  };
  out.cpu_seconds = [] {
    return std::chrono::duration<double>(sys::this_process_use().cpu).count();
  };
  out.peak_bytes = [] { return sys::this_process_use().peak_bytes; };
  out.forget_peak = [] { (void)sys::forget_peak(); };
  out.interrupted = [] { return sys::interrupt_watch::requested() != 0; };
  out.self = sys::this_process_use().process;
  return out;
}

}  // namespace tutti::cli::compare
