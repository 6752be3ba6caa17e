#include <tutti/process/backend/robust_mutex.hpp>

#include <pthread.h>
#include <time.h>
#include <cerrno>
#include <new>

#include <tutti/process/backend/os.hpp>

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

robust_mutex::result robust_mutex::lock_until(time_point deadline) noexcept {
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
  if (owner_.load(sys::relaxed) != os::thread_id()) return false;
  owner_.store(0, sys::relaxed);
  return ::pthread_mutex_unlock(native(native_)) == 0;
}

}  // namespace tutti::detail
