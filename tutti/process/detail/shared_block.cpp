#include <tutti/process/detail/shared_block.hpp>

#include <algorithm>
#include <new>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tutti/process/backend/zygote.hpp>
#include <tutti/sys/mutex.hpp>

namespace tutti::detail {

/// Threads:  any.
/// Lifetime: the process's.
/// Wakes:    nobody.
/// Order:    by the mutex.
/// Cancel:   does not apply.
///
/// Every block this process knows, by number; a worker keeps the latest at hand, so that passing
/// the same array to task after task maps it once.
class block_registry {
 public:
  static block_registry& here() {
    static auto* one = new block_registry;  // outlives static objects that hold blocks
    return *one;
  }
  std::uint64_t next_number() {
    const sys::lock guard{mutex_};
    return (static_cast<std::uint64_t>(os::process_id()) << 32) | ++made_;
  }
  shared_block::handle find(std::uint64_t number) {
    const sys::lock guard{mutex_};
    const auto found = known_.find(number);
    return found == known_.end() ? nullptr : found->second.lock();
  }
  void add(const shared_block::handle& block) {
    std::vector<shared_block::handle> gone;  // freed after the lock
    const sys::lock guard{mutex_};
    known_[block->top().number] = block;
    if (!zygote::in_worker()) return;
    const auto dropped = std::partition(kept_.begin(), kept_.end(), [](const auto& one) {
      return one->top().dropped.load(sys::relaxed) == 0;
    });
    gone.assign(std::make_move_iterator(dropped), std::make_move_iterator(kept_.end()));
    kept_.erase(dropped, kept_.end());
    if (kept_.size() >= kept_max) {
      gone.push_back(std::move(kept_.front()));
      kept_.erase(kept_.begin());
    }
    kept_.push_back(block);
  }
  void forget(std::uint64_t number) noexcept {
    const sys::lock guard{mutex_};
    const auto found = known_.find(number);
    if (found != known_.end() && found->second.expired()) known_.erase(found);
  }

 private:
  static constexpr std::size_t kept_max = 32;
  sys::mutex mutex_;
  std::uint32_t made_ TUTTI_GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::uint64_t, std::weak_ptr<shared_block>> known_ TUTTI_GUARDED_BY(mutex_);
  std::vector<shared_block::handle> kept_ TUTTI_GUARDED_BY(mutex_);
};

shared_block::shared_block(sys::descriptor memory, std::size_t bytes, bool made_here)
    : memory_(std::move(memory)), map_(memory_.get(), bytes, true), made_here_(made_here) {}

shared_block::~shared_block() {
  if (made_here_) top().dropped.store(1, sys::relaxed);
  block_registry::here().forget(top().number);
}

shared_block::handle shared_block::make(const char* name, std::size_t bytes) {
  const std::size_t all = bytes + head_bytes;
  handle block(new shared_block(os::make_memory(name, all), all, true));
  ::new (static_cast<void*>(block->map_.data())) head;
  block->top().number = block_registry::here().next_number();
  block_registry::here().add(block);
  return block;
}

void shared_block::encode(wire::byte_writer& out, const handle& block) {
  out.put_value(block->top().number);
  out.put_value(block->memory_.get());
  out.keep(block);
}

shared_block::handle shared_block::decode(wire::byte_reader& in, std::size_t bytes_min) {
  const auto number = in.take_value<std::uint64_t>();
  const int fd = in.take_value<int>();
  handle block = block_registry::here().find(number);
  if (block == nullptr) {
    sys::descriptor memory = os::open_of_process(in.sender(), fd, os::access::both);
    // Memory that its maker could cut short would end us by SIGBUS.
    if (!os::cannot_shrink(memory.get()))
      throw wire_error("what was to be shared memory is something else");
    const std::size_t bytes = os::size_of(memory.get());
    if (bytes < head_bytes) throw wire_error("what was to be shared memory is something else");
    block = handle(new shared_block(std::move(memory), bytes, false));
    if (block->top().number != number) throw wire_error("the shared memory meant is gone");
    block_registry::here().add(block);
  }
  if (block->size() < bytes_min)
    throw wire_error("the shared memory is smaller than what it is to hold");
  return block;
}

}  // namespace tutti::detail
