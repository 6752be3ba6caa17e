#include <tutti/runtime/slow_callback.hpp>

#include <cstdio>

namespace tutti::detail {
namespace {
sys::atomic<loop::slow_handler> chosen{nullptr};
}

loop::slow_handler set_slow_callback_handler(loop::slow_handler handler) noexcept {
  return chosen.exchange(handler, sys::acq_rel);  // pairs: slow_callback.chosen
}

void report_slow_callback(const loop::slow_report& report) noexcept {
  if (const loop::slow_handler handler = chosen.load(sys::acquire); handler != nullptr) {  // pairs: slow_callback.chosen
    handler(report);
    return;
  }
  const double ms = std::chrono::duration<double, std::milli>(report.took).count();
  std::fprintf(stderr,
               "tutti: task \"%s\" ran %.0f ms without waiting and held up its loop (%s:%u); "
               "move the work to to_thread or a pool\n",
               report.name.c_str(), ms, report.created_at.file_name(), report.created_at.line());
}

}  // namespace tutti::detail
