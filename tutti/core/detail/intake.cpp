#include <tutti/core/detail/intake.hpp>

#include <string>

namespace tutti::detail {

intake::intake() : child_group(nullptr), empty_(set_empty_.get_future().share()) {}

void intake::admit(const char* who) {
  adopt();
  if (TUTTI_LIKELY(!is_closed())) return;
  child_done();
  throw closed(std::string(who) +
               " was shut down: submit before shutdown(), or to another executor");
}

bool intake::close() noexcept {
  if (closed_.exchange(true, sys::acq_rel)) return false;  // pairs: intake.closed
  child_done();                                            // the owner's share
  return true;
}

void intake::emptied() noexcept {
  // A piece that comes too late counts in and out again: only the first zero is told.
  if (told_.exchange(true, sys::relaxed)) return;
  promise<void> last = std::move(set_empty_);  // the executor may be gone as soon as this is set
  last.set_value();
}

}  // namespace tutti::detail
