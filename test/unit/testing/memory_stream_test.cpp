#include <tutti/testing/memory_stream.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <tutti/core/gather.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/testing/fault.hpp>
#include <tutti/testing/run_virtual.hpp>

namespace tutti {
namespace {
namespace lab = tutti::testing;

task<std::string> says_hi() {
  auto [a, b] = lab::memory_stream_pair();
  co_await a.write("hi\n");
  auto line = co_await b.read_line();
  a.close();
  const auto end = co_await b.read_line();
  co_return line.value_or("nothing") + (end ? " and more" : "");
}

TEST(memory_stream, what_is_written_is_read) {
  EXPECT_EQ(lab::run_virtual(says_hi()), "hi");
  EXPECT_EQ(run(says_hi()), "hi");
}

task<> writes(net::byte_stream out, std::string text) {
  co_await out.write(text);
  co_await out.shutdown_write();
}
task<std::size_t> lockstep() {
  auto [a, b] = lab::memory_stream_pair(1);
  auto [nothing, all] = co_await gather(writes(std::move(a), std::string(1000, 'x')), b.read_all());
  (void)nothing;
  co_return all.size();
}

TEST(memory_stream, a_small_buffer_makes_the_writer_wait) {
  EXPECT_EQ(lab::run_virtual(lockstep()), 1000U);
}

task<> meets_a_fault() {
  auto [a, b] = lab::memory_stream_pair();
  const lab::fault reset{"net.write", ECONNRESET};
  co_await a.write("lost");
}

TEST(memory_stream, has_the_fault_sites_of_real_ones) {
  EXPECT_THROW(lab::run_virtual(meets_a_fault()), std::system_error);
}

}  // namespace
}  // namespace tutti
