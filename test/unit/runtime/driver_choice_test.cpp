#include <tutti/runtime/driver_choice.hpp>

#include <cerrno>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include <tutti/base/error.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {
namespace {

/// Sets an environment variable while it lives.
class environment {
 public:
  environment(const char* name, const char* value) : name_(name) {
    if (const char* former = std::getenv(name)) former_ = former;
    ::setenv(name, value, 1);
  }
  ~environment() { former_.empty() ? ::unsetenv(name_) : ::setenv(name_, former_.c_str(), 1); }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

 private:
  const char* name_;
  std::string former_;
};

int denied(std::string_view site) noexcept { return site == "io_uring.setup" ? EPERM : 0; }

TEST(DriverChoice, TheEnvironmentForcesOne) {
  const environment chosen("TUTTI_IO", "epoll");
  EXPECT_STREQ(make_driver(io_backend::automatic)->label(), "epoll");
}

TEST(DriverChoice, SaysWhatTheVariableMayBe) {
  const environment chosen("TUTTI_IO", "kqueue");
  EXPECT_THROW(make_driver(io_backend::automatic), error);
}

TEST(DriverChoice, FallsBackWhereTheRingIsDenied) {
  const environment chosen("TUTTI_IO", "");
  sys::set_fault_source(&denied);
  EXPECT_STREQ(make_driver(io_backend::automatic)->label(), "epoll");
  EXPECT_THROW(make_driver(io_backend::io_uring), std::system_error);
  sys::set_fault_source(nullptr);
}

}  // namespace
}  // namespace tutti::detail
