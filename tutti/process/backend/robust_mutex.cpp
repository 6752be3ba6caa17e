#include <tutti/process/backend/robust_mutex.hpp>

#include <pthread.h>
#include <time.h>
#include <cerrno>
#include <new>

#include <tutti/process/backend/nodes.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {
namespace {

static_assert(sizeof(pthread_mutex_t) <= 64);
pthread_mutex_t* native(std::byte* room) noexcept {
  return std::launder(reinterpret_cast<pthread_mutex_t*>(room));
}

}  // namespace

robust_mutex::robust_mutex() : native_{} {
  pthread_mutexattr_t attributes;
  ::pthread_mutexattr_init(&attributes);
  ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  ::pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  ::pthread_mutex_init(::new (static_cast<void*>(native_)) pthread_mutex_t, &attributes);
  ::pthread_mutexattr_destroy(&attributes);
}

/// All strands of a simulation are one thread to the kernel, so they lock the owner's word instead.
/// What a killed node holds stays held.
robust_mutex::result robust_mutex::lock_in_simulation(time_point deadline) noexcept {
  sys::decide(sys::operation::lock, this);
  const auto me = static_cast<std::uint32_t>(sys::current_world->strand_number());
  for (bool in_time = true;;) {
    const std::uint32_t owner = owner_.load(sys::relaxed);
    if (owner == 0) {
      owner_.store(me, sys::relaxed);
      return result::locked;
    }
    if (owner == me) return result::ours_already;
    if (!in_time || deadline <= sys::current_world->now()) return result::timed_out;
    in_time = nodes::sleep(owner_.address(), deadline);
  }
}

robust_mutex::result robust_mutex::lock_until(time_point deadline) noexcept {
  if (TUTTI_UNLIKELY(nodes::current != nullptr)) return lock_in_simulation(deadline);
  pthread_mutex_t* const mutex = native(native_);
  int error;
  if (deadline == time_point::max()) {
    error = ::pthread_mutex_lock(mutex);
  } else {
    error = ::pthread_mutex_trylock(mutex);
    if (error == EBUSY) {
      const auto ns = deadline.time_since_epoch().count();
      const timespec limit{ns > 0 ? ns / 1'000'000'000 : 0, ns > 0 ? ns % 1'000'000'000 : 0};
      error = ::pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &limit);
    }
  }
  if (error == 0 || error == EOWNERDEAD) owner_.store(os::thread_id(), sys::relaxed);
  if (error == EOWNERDEAD) {
    ::pthread_mutex_consistent(mutex);
    return result::locked_after_death;
  }
  if (error == EDEADLK) return result::ours_already;
  return error == 0 ? result::locked : result::timed_out;
}

bool robust_mutex::unlock() noexcept {
  if (TUTTI_UNLIKELY(nodes::current != nullptr)) {
    sys::reach_further();
    if (owner_.load(sys::relaxed) != sys::current_world->strand_number()) return false;
    owner_.store(0, sys::relaxed);
    nodes::wake(owner_.address(), 1);
    return true;
  }
  if (owner_.load(sys::relaxed) != os::thread_id()) return false;
  owner_.store(0, sys::relaxed);
  return ::pthread_mutex_unlock(native(native_)) == 0;
}

}  // namespace tutti::detail
