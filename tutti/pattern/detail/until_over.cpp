#include <tutti/pattern/detail/until_over.hpp>

namespace tutti::detail {

const wait_kind end_wait::kind_of{
    "the end of a call", [](wait& w) noexcept {
      (void)static_cast<end_wait&>(w).future.cancel_work(cancel_reason::explicit_request);
      return false;  // its end wakes us, and will come
    }};

bool end_wait::suspend(std::coroutine_handle<> h) {
  if (const cancel_reason why = cell->pending_cancel();
      TUTTI_UNLIKELY(why != cancel_reason::none)) {
    (void)future.cancel_work(why);
  }
  if (!future.add(*this)) return false;
  return cell->park(*this, h);  // woken by the end of the work
}

void end_wait::settle() const {
  if (!future.was_cancelled()) return;
  if (const cancel_reason why = cell->pending_cancel(); why != cancel_reason::none) {
    throw cancelled{why};
  }
}

}  // namespace tutti::detail
