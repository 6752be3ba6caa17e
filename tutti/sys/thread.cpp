#include <tutti/sys/thread.hpp>

#include <pthread.h>
#include <unistd.h>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include <tutti/base/assert.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/sys/current.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::sys {
namespace {
atomic<unsigned long> numbers{1};
}

struct thread::native {
  pthread_t id{};
  char name[16]{};
  detail::function<void()> body;
};

thread::thread(std::string_view name, detail::function<void()> body) {
  int rc = injected_fault("thread.start");
  if (TUTTI_UNLIKELY(current_world != nullptr) && rc == 0) {
    handle_ = current_world->start(name, std::move(body));
    simulated_ = true;
    return;
  }
  auto made = std::make_unique<native>();
  name.copy(made->name, sizeof(made->name) - 1);
  made->body = std::move(body);
  if (rc == 0) {
    rc = ::pthread_create(
        &made->id, nullptr,
        [](void* p) -> void* {
          auto* self = static_cast<native*>(p);
          ::pthread_setname_np(::pthread_self(), self->name);
          self->body();
          self->body.reset();
          return nullptr;
        },
        made.get());
  }
  if (rc != 0)
    throw std::system_error(rc, std::generic_category(), "a thread could not be started");
  handle_ = made.release();
}

thread::thread(thread&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), simulated_(other.simulated_) {}

thread& thread::operator=(thread&& other) noexcept {
  if (this != &other) {
    join();
    handle_ = std::exchange(other.handle_, nullptr);
    simulated_ = other.simulated_;
  }
  return *this;
}

void thread::join() noexcept {
  if (handle_ == nullptr) return;
  void* handle = std::exchange(handle_, nullptr);
  if (simulated_) {
    // One that outlives its simulation was reported as a leak there.
    if (current_world != nullptr) current_world->join(handle);
    return;
  }
  std::unique_ptr<native> self(static_cast<native*>(handle));
  TUTTI_CHECK(::pthread_equal(self->id, ::pthread_self()) == 0, "a thread joined itself");
  ::pthread_join(self->id, nullptr);
}

bool thread::is_current() const noexcept {
  return handle_ != nullptr && !simulated_ &&
         ::pthread_equal(static_cast<native*>(handle_)->id, ::pthread_self()) != 0;
}

unsigned long this_thread_number() noexcept {
  if (TUTTI_UNLIKELY(current_world != nullptr)) return ~current_world->strand_number();
  thread_local const unsigned long number = numbers.fetch_add(1, relaxed);
  return number;
}

std::string this_thread_name() {
  if (TUTTI_UNLIKELY(current_world != nullptr)) return std::string(current_world->strand_name());
  char name[16]{};
  if (::pthread_getname_np(::pthread_self(), name, sizeof name) != 0) return "thread";
  if (::gettid() == ::getpid()) return "main";
  return name;
}

parker& this_parker() noexcept {
  if (current.sleeper == nullptr) {
    thread_local parker own;
    current.sleeper = &own;
  }
  return *current.sleeper;
}

}  // namespace tutti::sys
