#include <tutti/testing/detail/memory_listener.hpp>

#include <cerrno>
#include <utility>

#include <tutti/async/detail/call_fault.hpp>
#include <tutti/testing/detail/memory_channel.hpp>

namespace tutti::detail {

listener_channel::result memory_listener::accept() {
  if (const int number = call_fault("net.accept"); number != 0) return {nullptr, number};
  if (pending_->waiting.empty()) {
    pending_->clear(direction::read);
    return {nullptr, channel::would_wait};
  }
  result out{std::move(pending_->waiting.front()), 0};
  pending_->waiting.pop_front();
  return out;
}

/// Whom nobody has accepted is told so: a reset, as from a system whose listener goes.
void memory_listener::close() noexcept {
  if (!pending_->is_open) return;
  pending_->is_open = false;
  for (std::unique_ptr<channel>& c : pending_->waiting) static_cast<memory_channel&>(*c).abandon();
  pending_->waiting.clear();
  pending_->signal_end();
}

}  // namespace tutti::detail
