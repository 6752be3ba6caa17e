#include <tutti/testing/sequencer.hpp>

#include <algorithm>
#include <string>

#include <tutti/base/error.hpp>

namespace tutti::testing {

const detail::wait_kind sequencer::awaiter::parked::kind_of{"sequencer",
                                                            [](detail::wait& w) noexcept {
                                                              auto& self = static_cast<parked&>(w);
                                                              sys::lock hold(self.owner.mu_);
                                                              if (!self.is_linked()) return false;
                                                              detail::list<parked>::unlink(self);
                                                              return true;
                                                            }};

bool sequencer::enter(detail::task_cell& cell, unsigned n, std::optional<awaiter::parked>& w,
                      std::coroutine_handle<> h) {
  cell.checkpoint();
  {
    sys::lock hold(mu_);
    if (std::find(used_.begin(), used_.end(), n) != used_.end()) {
      throw error("step " + std::to_string(n) + " of a sequencer was used twice");
    }
    used_.push_back(n);
    if (n == next_) return false;
    w.emplace(cell, *this, n);
    waiting_.push_back(*w);
  }
  return cell.park(*w, h);  // wakes: next()
}

void sequencer::next() noexcept {
  detail::task_cell* ready = nullptr;
  {
    sys::lock hold(mu_);
    ++next_;
    for (awaiter::parked* p = waiting_.front(); p != nullptr; p = waiting_.after(p)) {
      if (p->number != next_) continue;
      ready = p->cell;
      detail::list<awaiter::parked>::unlink(*p);
      break;
    }
  }
  if (ready != nullptr) ready->wake();
}

}  // namespace tutti::testing
