#include <tutti/process/remote_traceback.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include <tutti/base/remote_error.hpp>
#include <tutti/core/async_trace.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/process/subprocess.hpp>
#include <tutti/runtime/run.hpp>

#define NEVER_INLINED __attribute__((noinline, used))

namespace far_away {

struct of_ours : std::runtime_error {
  using std::runtime_error::runtime_error;
};

NEVER_INLINED int innermost(int x) {
  if (x == 1) throw std::out_of_range("no such key");
  if (x == 2) throw of_ours("ours");
  if (x == 3) throw 7;
  return x;
}
NEVER_INLINED int in_between(int x) {
  const std::string freed_on_the_way(100, 'x');
  return innermost(x) + static_cast<int>(freed_on_the_way.size());
}
NEVER_INLINED int outermost(int x) {
  try {
    return in_between(x) + 1;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}
int caught_there(int x) {
  try {
    return outermost(x);
  } catch (...) {
    return -1;
  }
}

}  // namespace far_away

namespace {

std::string trace_of(tutti::future<int> f) {
  try {
    f.get();
  } catch (...) {
    return tutti::remote_traceback();
  }
  return "nothing was thrown";
}
/// Innermost first, and nothing of the library's own way to the call.
void expect_way(const std::string& text) {
  const std::size_t first = text.find("far_away::innermost");
  const std::size_t second = text.find("far_away::in_between");
  const std::size_t third = text.find("far_away::outermost");
  EXPECT_LT(first, second) << text;
  EXPECT_LT(second, third) << text;
  EXPECT_NE(third, text.npos) << text;
  EXPECT_EQ(text.find("worker"), text.npos) << text;
  EXPECT_EQ(text.find("__cxa"), text.npos) << text;
  EXPECT_NE(text.find("+0x"), text.npos) << text;
}

TEST(remote_traceback, says_where_a_worker_threw) {
  tutti::process_pool pool{{.workers = 1}};
  expect_way(trace_of(pool.submit(far_away::outermost, 1)));
  expect_way(trace_of(pool.submit(far_away::outermost, 2)));
  expect_way(trace_of(pool.submit(far_away::outermost, 3)));
  EXPECT_EQ(pool.submit(far_away::caught_there, 1).get(), -1);
  EXPECT_EQ(pool.submit(far_away::outermost, 4).get(), 105);
}

TEST(remote_traceback, is_the_traceback_of_an_error_that_cannot_be_rebuilt) {
  tutti::process_pool pool{{.workers = 1}};
  try {
    pool.submit(far_away::outermost, 2).get();
    ADD_FAILURE();
  } catch (const tutti::remote_error& e) {
    expect_way(e.traceback());
    EXPECT_EQ(e.type(), "far_away::of_ours");
  }
}

TEST(remote_traceback, stands_in_the_text_of_the_error) {
  tutti::process_pool pool{{.workers = 1}};
  try {
    pool.submit(far_away::outermost, 1).get();
    ADD_FAILURE();
  } catch (const std::out_of_range& e) {
    EXPECT_STREQ(e.what(), "no such key");
    const std::string text = tutti::error_text();
    EXPECT_NE(text.find("no such key\n    in far_away::innermost"), text.npos) << text;
  }
}

TEST(remote_traceback, of_a_piece_of_a_map) {
  tutti::process_pool pool{{.workers = 1}};
  try {
    pool.map(far_away::outermost, std::vector{4, 1}).get();
    ADD_FAILURE();
  } catch (const std::out_of_range&) {
    expect_way(tutti::remote_traceback());
  }
}

TEST(remote_traceback, of_single_inputs_of_a_stream) {
  tutti::process_pool pool{{.workers = 1}};
  auto all = pool.imap(far_away::outermost, std::vector{4, 1, 2, 4}, {.chunk = 4});
  EXPECT_EQ(all.next(), 105);
  for (int failed = 0; failed < 2; ++failed) {
    try {
      all.next();
      ADD_FAILURE();
    } catch (const std::exception&) {
      expect_way(tutti::remote_traceback());
    }
  }
  EXPECT_EQ(all.next(), 105);
}

NEVER_INLINED void prepare_in_vain() { far_away::outermost(1); }
TEST(remote_traceback, of_an_initializer) {
  tutti::process_pool pool{{.workers = 1, .initializer = &prepare_in_vain}};
  expect_way(trace_of(pool.submit(far_away::outermost, 4)));
}

TEST(remote_traceback, stands_on_standard_error_when_it_ends_a_process) {
  const std::vector<std::string> argv{START_PROGRAM, "complaint"};
  const tutti::completed all = tutti::run(tutti::run_command(argv));
  EXPECT_TRUE(all.status.ok());
  const std::string told = "process \"bee\" ended by std::out_of_range: no such key\n    in ";
  const std::size_t at = all.err.find(told + "find_price (program+0x");
  EXPECT_NE(at, all.err.npos) << all.err;
  EXPECT_NE(all.err.find("\n    in total (program+0x", at), all.err.npos) << all.err;
}

TEST(remote_traceback, is_empty_for_what_was_thrown_here) {
  try {
    far_away::innermost(1);
  } catch (...) {
    EXPECT_EQ(tutti::remote_traceback(), "");
  }
  EXPECT_EQ(tutti::remote_traceback(nullptr), "");
}

}  // namespace
