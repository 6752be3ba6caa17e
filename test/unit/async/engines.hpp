/// \file
/// Every I/O test runs once per engine the system gives.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <system_error>

#include <tutti/core/task.hpp>
#include <tutti/runtime/run.hpp>

namespace tutti::test {

inline bool is_there(io_backend b) {
  try {
    detail::make_driver(b);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

/// `on_engine(work())` runs it on the engine of this case.
class EngineTest : public ::testing::TestWithParam<io_backend> {
 protected:
  void SetUp() override {
    if (!is_there(GetParam())) GTEST_SKIP() << "the system does not allow this engine";
  }
  template <class T>
  T on_engine(task<T> work) {
    return run(std::move(work), {.backend = GetParam()});
  }
};

inline std::string engine_name(const ::testing::TestParamInfo<io_backend>& info) {
  return info.param == io_backend::epoll ? "epoll" : "io_uring";
}

#define TUTTI_ON_ENGINES(suite)                                                              \
  INSTANTIATE_TEST_SUITE_P(                                                                  \
      , suite, ::testing::Values(::tutti::io_backend::epoll, ::tutti::io_backend::io_uring), \
      ::tutti::test::engine_name)

/// How many descriptors this process has open.
inline std::size_t open_descriptors() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++n;
  return n;
}

}  // namespace tutti::test
