#include <tutti/thread/detail/steal_deque.hpp>

#include <algorithm>

namespace tutti::detail {

steal_deque::entry steal_deque::pop_shared(std::int64_t at) noexcept {
  if (at >= top_.load(sys::relaxed)) {  // top only grows: one that is past it is past it for good
    const sys::lock hold(mu_);
    const std::int64_t top = top_.load(sys::relaxed);
    if (at >= top) {
      const std::int64_t half = top + (at - top) / 2;
      split_.store(std::min(split_.load(sys::relaxed), half), sys::relaxed);
      return slot(at).load(sys::relaxed);
    }
  }
  bottom_.store(at + 1, sys::relaxed);  // it is empty, and thieves find that at both values
  return 0;
}

steal_deque::entry steal_deque::take_oldest() noexcept {
  const std::int64_t top = top_.load(sys::relaxed);
  if (top == split_.load(sys::relaxed)) {
    const std::int64_t there = bottom_.load(sys::relaxed) - top;
    if (there <= 0) return 0;
    const std::int64_t wanted = top + (there + 1) / 2;
    split_.store(wanted, sys::relaxed);
    sys::heavy_fence();  // whoever pops sees the split, or we see its bottom
    const std::int64_t end = bottom_.load(sys::acquire);  // pairs: steal_deque.bottom
    if (end < wanted) split_.store(std::max(top, end), sys::relaxed);
    if (end <= top) return 0;
  }
  const entry e = slot(top).load(sys::relaxed);
  top_.store(top + 1, sys::release);  // pairs: steal_deque.top
  return e;
}

}  // namespace tutti::detail
