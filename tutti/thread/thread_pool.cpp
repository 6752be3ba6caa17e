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

thread_pool_stats thread_pool::stats() const {
  thread_pool_stats now;
  now.workers.resize(core->size());
  const detail::thread_pool_core::counters all = core->count();
  now.threads = core->size();
  now.idle = all.idle;
  now.queued = all.queued;
  core->look(now.workers.data());
  return now;
}

double worker_stats::utilisation() const noexcept {
  const double all = static_cast<double>((busy + idle).count());
  return all > 0 ? static_cast<double>(busy.count()) / all : 0;
}

double thread_pool_stats::utilisation() const noexcept {
  double sum = 0;
  for (const worker_stats& w : workers) sum += w.utilisation();
  return workers.empty() ? 0 : sum / static_cast<double>(workers.size());
}

thread_pool_stats thread_pool_stats::since(const thread_pool_stats& earlier) const {
  thread_pool_stats passed = *this;
  for (std::size_t i = 0; i < workers.size() && i < earlier.workers.size(); ++i) {
    worker_stats& w = passed.workers[i];
    const worker_stats& before = earlier.workers[i];
    w.busy -= before.busy;
    w.idle -= before.idle;
    w.ran -= before.ran;
    w.taken -= before.taken;
  }
  return passed;
}

void thread_pool::sweep() noexcept { core->sweep_dismissed(); }
void thread_pool::stop() noexcept { core->stop(); }

}  // namespace tutti
