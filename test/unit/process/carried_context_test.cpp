#include <tutti/process/carried_context.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tutti/core/context.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/process/process.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/runtime/run.hpp>

namespace {

using namespace std::chrono_literals;
using tutti::process_pool;

struct tenant {
  int id = 0;
  std::string region;
};
struct stranger {
  int id = 7;
};

tutti::context_var<std::string> request{"request", "-"};
tutti::context_var<tenant> owner{"owner"};
tutti::context_var<stranger> unknown{"unknown"};
const tutti::carried_context<tenant> tenants_go_along;

std::string seen() {
  return request.get() + " " + std::to_string(owner.get().id) + owner.get().region + " " +
         std::to_string(unknown.get().id);
}
std::string own_name() { return tutti::this_task::name(); }
std::optional<std::chrono::nanoseconds> own_deadline() {
  const auto d = tutti::this_task::deadline();
  return d ? std::optional(d->time_since_epoch()) : std::nullopt;
}

TEST(carried_context, a_task_reads_what_its_submitter_had_set) {
  process_pool pool{{.workers = 1}};
  EXPECT_EQ(pool.submit(seen).get(), "- 0 7");
  {
    const auto r = request.set("42");
    const auto o = owner.set({3, "eu"});
    const auto u = unknown.set({8});
    EXPECT_EQ(pool.submit(seen).get(), "42 3eu 7");  // a type nobody registered stays
    EXPECT_EQ(pool.map([](int) { return seen(); }, std::vector{1, 2}).get(),
              (std::vector<std::string>{"42 3eu 7", "42 3eu 7"}));
    EXPECT_EQ(pool.imap([](int) { return seen(); }, std::vector{1}).next(), "42 3eu 7");
    // Long arguments lie elsewhere; what goes along still comes before them, aligned.
    const auto sum = [](std::vector<double> v) { return v[0] + v[9'999] + owner.get().id; };
    EXPECT_EQ(pool.submit(sum, std::vector<double>(10'000, 1.5)).get(), 6);
    const auto nested = [] {
      process_pool inner{{.workers = 1}};
      return inner.submit(seen).get();
    };
    EXPECT_EQ(pool.submit(nested).get(), "42 3eu 7");
    const auto set_there = [] {
      static auto kept = request.set("changed there");
      return request.get();
    };
    EXPECT_EQ(pool.submit(set_there).get(), "changed there");
    EXPECT_EQ(request.get(), "42");
  }
  EXPECT_EQ(pool.submit(seen).get(), "- 0 7");
}

TEST(carried_context, a_process_of_its_own_has_it_too_and_keeps_its_name) {
  const auto r = request.set("43");
  tutti::process p{"bee", [] { std::exit(seen() == "43 0 7" && own_name() == "bee" ? 0 : 1); }};
  EXPECT_TRUE(p.join().ok());
}

tutti::task<void> ask_with_name_and_deadline(process_pool& pool) {
  tutti::this_task::set_name("import orders");
  const std::string name = co_await pool.submit(own_name);
  EXPECT_EQ(name, "import orders");
  const auto none = co_await pool.submit(own_deadline);
  EXPECT_FALSE(none.has_value());
  const auto limited = [&pool]() -> tutti::task<void> {
    const auto there = co_await pool.submit(own_deadline);
    const auto here = own_deadline();
    EXPECT_EQ(there, here);
    EXPECT_TRUE(there.has_value());
  };
  co_await tutti::timeout(1h, limited());
}

TEST(carried_context, name_and_deadline_of_the_submitter_go_along) {
  process_pool pool{{.workers = 1}};
  tutti::run(ask_with_name_and_deadline(pool));
  EXPECT_EQ(pool.submit(own_name).get(), "pool-0");
}

TEST(carried_context, does_not_change_the_digest_of_arguments) {
  process_pool pool{{.workers = 1}};
  const auto report = [&] {
    try {
      pool.submit([](int n) { std::raise(n); }, SIGKILL).get();
    } catch (const tutti::worker_crashed& e) {
      const std::string text = e.what();
      return text.substr(text.find(" with "));
    }
    return std::string();
  };
  const std::string plain = report();
  const auto r = request.set("44");
  EXPECT_EQ(report(), plain);
  EXPECT_NE(plain, "");
}

}  // namespace
