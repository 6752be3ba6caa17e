#include <tutti/process/detail/byte_queue.hpp>

#include <algorithm>
#include <climits>
#include <cstring>
#include <string>

#include <tutti/base/clock.hpp>
#include <tutti/base/error.hpp>
#include <tutti/core/scope_guard.hpp>
#include <tutti/core/task_cell.hpp>
#include <tutti/process/detail/shared_watch.hpp>

namespace tutti::detail {

std::size_t byte_queue::capacity(const shared_block& block) noexcept {
  return block.size() - sizeof(byte_queue);
}

std::uint64_t byte_queue::filled(const shared_block& block) const {
  const std::uint64_t there = tail_.load(sys::relaxed) - head_.load(sys::relaxed);
  if (there > capacity(block) || capacity(block) < head_bytes)
    throw wire_error("somebody wrote over the memory of this process_queue");
  return there;
}

void byte_queue::repair(const shared_block& block) noexcept {
  std::uint32_t count = 0;
  const std::uint64_t end = tail_.load(sys::relaxed);
  for (std::uint64_t at = head_.load(sys::relaxed); end - at >= head_bytes; ++count) {
    std::uint64_t head[2];
    if (end - at > capacity(block)) break;
    copy_out(block, at, std::as_writable_bytes(std::span(head)));
    if (head[0] > end - at - head_bytes) break;
    at += head_bytes + head[0];
  }
  items_.store(count, sys::relaxed);
  put_word_.fetch_add(1, sys::seq_cst);   // pairs: byte_queue.put_word
  take_word_.fetch_add(1, sys::seq_cst);  // pairs: byte_queue.take_word
  os::shared_wake(put_word_, INT_MAX);
  os::shared_wake(take_word_, INT_MAX);
}

void byte_queue::copy_in(const shared_block& block, std::uint64_t at,
                         std::span<const std::byte> from) noexcept {
  if (from.empty()) return;
  std::byte* const ring = block.data() + sizeof(byte_queue);
  const std::size_t room = capacity(block);
  const std::size_t start = at % room;
  const std::size_t first = std::min(from.size(), room - start);
  std::memcpy(ring + start, from.data(), first);
  std::memcpy(ring, from.data() + first, from.size() - first);
}

void byte_queue::copy_out(const shared_block& block, std::uint64_t at,
                          std::span<std::byte> to) noexcept {
  if (to.empty()) return;
  const std::byte* const ring = block.data() + sizeof(byte_queue);
  const std::size_t room = capacity(block);
  const std::size_t start = at % room;
  const std::size_t first = std::min(to.size(), room - start);
  std::memcpy(to.data(), ring + start, first);
  std::memcpy(to.data() + first, ring, to.size() - first);
}

bool byte_queue::offer(const shared_block& block, std::span<const std::byte> item) {
  const std::size_t needed = head_bytes + item.size();
  if (needed > capacity(block))
    throw error("an item of " + std::to_string(item.size()) +
                " bytes can never fit into this process_queue: make the queue larger");
  const robust_lock guard{mutex_};
  if (guard.owner_died()) repair(block);
  if (closed_.load(sys::relaxed) != 0) throw closed("the process_queue was closed");
  if (capacity(block) - filled(block) < needed) return false;
  const std::uint64_t tail = tail_.load(sys::relaxed);
  const std::uint64_t head[2] = {item.size(), static_cast<std::uint64_t>(os::process_id())};
  copy_in(block, tail, std::as_bytes(std::span(head)));
  copy_in(block, tail + head_bytes, item);
  tail_.store(tail + needed, sys::relaxed);
  items_.fetch_add(1, sys::relaxed);
  put_word_.fetch_add(1, sys::seq_cst);   // pairs: byte_queue.put_word
  if (takers_.load(sys::seq_cst) != 0) {  // pairs: counted_waiter
    os::shared_wake(put_word_, 1);
  }
  return true;
}

bool byte_queue::put(const shared_block& block, std::span<const std::byte> item,
                     time_point deadline) {
  for (;;) {
    const std::uint32_t seen = take_word_.load(sys::acquire);  // pairs: byte_queue.take_word
    if (offer(block, item)) return true;
    if (deadline <= clock::now()) return false;
    require_blocking_allowed("process_queue::put()", "co_await q.async_put(item)");
    const counted_waiter here{putters_};
    wait_for_change(take_word_, seen, deadline);
  }
}

task<void> byte_queue::async_put(shared_block::handle block, std::vector<std::byte> item) {
  task_cell& self = co_await this_cell();
  self.checkpoint();
  auto& queue = block->at<byte_queue>();
  for (;;) {
    const std::uint32_t seen = queue.take_word_.load(sys::acquire);  // pairs: byte_queue.take_word
    if (queue.offer(*block, item)) co_return;
    const counted_waiter here{queue.putters_};
    future<void> change = shared_change(block, queue.take_word_, seen);
    co_await std::move(change);
  }
}

namespace {

/// A waiting taker that leaves with nothing passes on the wake that may have been meant for it.
class taker {
 public:
  explicit taker(sys::atomic<std::uint32_t>& word) noexcept : word_(word) {}
  taker(const taker&) = delete;
  taker& operator=(const taker&) = delete;
  ~taker() {
    if (waited && !got_it) os::shared_wake(word_, 1);
  }
  bool waited = false;
  bool got_it = false;

 private:
  sys::atomic<std::uint32_t>& word_;
};

}  // namespace

task<byte_queue::message> byte_queue::async_get(shared_block::handle block) {
  task_cell& self = co_await this_cell();
  self.checkpoint();
  auto& queue = block->at<byte_queue>();
  taker here{queue.put_word_};
  for (;;) {
    const std::uint32_t seen = queue.put_word_.load(sys::acquire);  // pairs: byte_queue.put_word
    if (std::optional<message> taken = queue.take(*block)) {
      here.got_it = true;
      co_return *std::move(taken);
    }
    here.waited = true;
    const counted_waiter counted{queue.takers_};
    future<void> change = shared_change(block, queue.put_word_, seen);
    co_await std::move(change);
  }
}

std::optional<byte_queue::message> byte_queue::take(const shared_block& block) {
  const robust_lock guard{mutex_};
  if (guard.owner_died()) repair(block);
  const std::uint64_t there = filled(block);
  const std::uint64_t at = head_.load(sys::relaxed);
  if (there == 0) {
    if (closed_.load(sys::relaxed) != 0) throw closed("the process_queue was closed and is empty");
    return std::nullopt;
  }
  std::uint64_t head[2];
  copy_out(block, at, std::as_writable_bytes(std::span(head)));
  if (there < head_bytes || head[0] > there - head_bytes)
    throw wire_error("somebody wrote over the memory of this process_queue");
  message taken;
  taken.bytes.resize(head[0]);
  taken.sender = head[1];
  copy_out(block, at + head_bytes, taken.bytes);
  head_.store(at + head_bytes + head[0], sys::relaxed);
  items_.fetch_sub(1, sys::relaxed);
  take_word_.fetch_add(1, sys::seq_cst);   // pairs: byte_queue.take_word
  if (putters_.load(sys::seq_cst) != 0) {  // pairs: counted_waiter
    os::shared_wake(take_word_, INT_MAX);
  }
  return taken;
}

std::optional<byte_queue::message> byte_queue::get(const shared_block& block, time_point deadline) {
  for (;;) {
    const std::uint32_t seen = put_word_.load(sys::acquire);  // pairs: byte_queue.put_word
    if (auto taken = take(block)) return taken;
    if (deadline <= clock::now()) return std::nullopt;
    require_blocking_allowed("process_queue::get()", "co_await q.async_get()");
    const counted_waiter here{takers_};
    wait_for_change(put_word_, seen, deadline);
  }
}

void byte_queue::close(const shared_block& block) noexcept {
  const robust_lock guard{mutex_};
  if (guard.owner_died()) repair(block);
  closed_.store(1, sys::relaxed);
  put_word_.fetch_add(1, sys::release);   // pairs: byte_queue.put_word
  take_word_.fetch_add(1, sys::release);  // pairs: byte_queue.take_word
  os::shared_wake(put_word_, INT_MAX);
  os::shared_wake(take_word_, INT_MAX);
}

std::size_t byte_queue::size() noexcept { return items_.load(sys::relaxed); }

}  // namespace tutti::detail
