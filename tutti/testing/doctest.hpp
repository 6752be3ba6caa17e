/// \file
/// doctest: tests that are coroutines in virtual time, and assertions inside of `explore`.
#pragma once

#include <doctest/doctest.h>

#include <ostream>
#include <streambuf>
#include <string>

#include <tutti/testing/detail/adaptor.hpp>

namespace tutti::detail {

/// Hears of failed assertions. doctest counts them whatever a listener says, so a test whose
/// `explore` is meant to fail uses `testing::check` inside; what each run of the shrinker would
/// print is kept back.
///
/// Threads:  one.
/// Lifetime: doctest's run.
/// Wakes:    nobody.
/// Order:    as they failed.
/// Cancel:   cannot be.
class doctest_listener final : public ::doctest::IReporter {
 public:
  explicit doctest_listener(const ::doctest::ContextOptions& options) { out() = options.cout; }

  static void begin() {
    failed().clear();
    watches() = true;
    if (out() != nullptr) former() = out()->rdbuf(&nowhere());
  }
  static std::string end() {
    watches() = false;
    if (out() != nullptr) out()->rdbuf(former());
    return failed();
  }

  void log_assert(const ::doctest::AssertData& a) override {
    if (!watches() || !a.m_failed || (a.m_at & ::doctest::assertType::is_warn) != 0) return;
    std::string text = a.m_expr;
    if (a.m_threw) {
      text += std::string(" threw ") + a.m_exception.c_str();
    } else if (a.m_decomp.size() != 0) {
      text += std::string(" with ") + a.m_decomp.c_str();
    }
    add_failed_assertion(failed(), a.m_file, static_cast<std::size_t>(a.m_line), text);
  }
  void report_query(const ::doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const ::doctest::TestRunStats&) override {}
  void test_case_start(const ::doctest::TestCaseData&) override {}
  void test_case_reenter(const ::doctest::TestCaseData&) override {}
  void test_case_end(const ::doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const ::doctest::TestCaseException&) override {}
  void subcase_start(const ::doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_message(const ::doctest::MessageData&) override {}
  void test_case_skipped(const ::doctest::TestCaseData&) override {}

 private:
  class void_buffer final : public std::streambuf {
    int overflow(int c) override { return traits_type::not_eof(c); }
  };
  static std::string& failed() {
    static std::string text;
    return text;
  }
  static bool& watches() {
    static bool on = false;
    return on;
  }
  static std::ostream*& out() {
    static std::ostream* stream = nullptr;
    return stream;
  }
  static std::streambuf*& former() {
    static std::streambuf* buffer = nullptr;
    return buffer;
  }
  static void_buffer& nowhere() {
    static void_buffer buffer;
    return buffer;
  }
};

inline const bool doctest_is_watched =
    (set_assertion_watch({&doctest_listener::begin, &doctest_listener::end}),
     ::doctest::registerReporter<doctest_listener>("tutti", 0, false) == 0);

}  // namespace tutti::detail

#define TUTTI_TEST_OF_DOCTEST(body_, time_max_, name_)                                             \
  static ::tutti::task<> body_();                                                                  \
  DOCTEST_TEST_CASE(name_) { ::tutti::testing::run_virtual(body_(), {.name = name_}, time_max_); } \
  static ::tutti::task<> body_()

/// A test whose body is a coroutine in virtual time: name as in TEST_CASE.
/// ```
/// TUTTI_TEST("a queue wakes a waiting getter") { co_await …; CHECK(…); }
/// ```
/// A task left behind fails the test with its name; a body that can never end, or has not ended
/// after `test_time_max`, fails with what everybody waits for.
#define TUTTI_TEST(name_) TUTTI_TEST_WITHIN(::tutti::testing::test_time_max, name_)
/// The same with a deadline of its own, by the virtual clock.
#define TUTTI_TEST_WITHIN(time_max_, name_) \
  TUTTI_TEST_OF_DOCTEST(DOCTEST_ANONYMOUS(tutti_test_), time_max_, name_)
