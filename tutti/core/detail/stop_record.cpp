#include <tutti/core/detail/stop_record.hpp>

#include <memory>
#include <utility>

#include <tutti/core/task_cell.hpp>

namespace tutti::detail {

void stop_record::release() noexcept {
  if (shares.fetch_sub(1, sys::acq_rel) == 1) delete this;  // pairs: stop_record.shares
}

std::stop_token stop_record::of(task_cell& cell) {
  cell.scope->link();  // so that a canceller finds us
  auto fresh = std::make_unique<stop_record>();
  std::stop_source source(std::nostopstate);
  bool stopped = false;
  {
    sys::lock hold(cell.tree());
    if (cell.stop_ == nullptr || cell.stop_->scope != cell.scope) {
      fresh->scope = cell.scope;
      fresh->outer = cell.stop_;
      cell.stop_ = fresh.release();
    }
    source = cell.stop_->source;
    stopped = cell.scope->effective_locked() != cancel_reason::none;
  }
  if (stopped) source.request_stop();  // runs callbacks: never under a lock
  return source.get_token();
}

void task_cell::drop_stop_record() noexcept {
  stop_record* gone = nullptr;
  {
    sys::lock hold(tree());
    gone = std::exchange(stop_, stop_->outer);
  }
  gone->release();
}

}  // namespace tutti::detail
