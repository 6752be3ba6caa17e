#include <tutti/thread/thread_pool.hpp>

#include <string>

#include <tutti/sys/topology.hpp>
#include <tutti/thread/detail/thread_pool_core.hpp>

namespace tutti {

detail::thread_pool_holder::thread_pool_holder(thread_pool_options options)
    : core(std::make_unique<thread_pool_core>(
          options.threads != 0 ? options.threads : sys::effective_cores(),
          std::string(options.name), std::move(options.initializer))) {}
detail::thread_pool_holder::~thread_pool_holder() = default;

thread_pool::thread_pool(thread_pool_options options)
    : thread_pool_holder(std::move(options)), task_executor(*core, core->size()) {}

thread_pool::~thread_pool() { end(); }

unsigned thread_pool::size() const noexcept { return core->size(); }

thread_pool_stats thread_pool::stats() const noexcept {
  const detail::thread_pool_core::counters now = core->count();
  return {core->size(), now.idle, now.queued};
}

void thread_pool::sweep() noexcept { core->sweep_dismissed(); }
void thread_pool::stop() noexcept { core->stop(); }

}  // namespace tutti
