#include <tutti/wire/runner.hpp>

#include <gtest/gtest.h>

namespace {

struct sink final : tutti::wire::reply {
  void value(void (*)(tutti::wire::byte_writer&, const void*), const void*) override { ++values; }
  void failure(std::exception_ptr) override { ++failures; }
  int values = 0;
  int failures = 0;
};

TEST(runner, every_call_gets_one_answer) {
  tutti::wire::call_record call;
  sink out;
  tutti::wire::local_runner runner;
  call.entry = [](const void*, tutti::wire::byte_reader&, tutti::wire::reply& r) {
    r.value(nullptr, nullptr);
  };
  runner.run(call, out);
  call.entry = [](const void*, tutti::wire::byte_reader&, tutti::wire::reply&) { throw 1; };
  runner.run(call, out);
  EXPECT_EQ(out.values, 1);
  EXPECT_EQ(out.failures, 1);
}

}  // namespace
