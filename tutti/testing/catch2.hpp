/// \file
/// Catch2 2.13: tests that are coroutines in virtual time, and assertions inside of `explore`.
#pragma once

#include <catch2/catch.hpp>

#include <optional>
#include <sstream>
#include <string>

#include <tutti/testing/detail/adaptor.hpp>

namespace tutti::detail {

/// Stands in Catch2's place during one run of `explore`: a failed assertion is kept for the
/// verdict of the run instead of being reported at once, and again by every run of the shrinker.
///
/// Threads:  one.
/// Lifetime: one run.
/// Wakes:    nobody.
/// Order:    as they failed.
/// Cancel:   cannot be.
class catch2_catcher final : public Catch::IResultCapture {
 public:
  static void begin() {
    if (Catch::getCurrentMutableContext().getResultCapture() != nullptr) one().emplace();
  }
  static std::string end() {
    if (!one()) return {};
    std::string out = one()->failed_;
    one().reset();
    return out;
  }

  catch2_catcher() : before_(*Catch::getCurrentMutableContext().getResultCapture()) {
    Catch::getCurrentMutableContext().setResultCapture(this);
  }
  ~catch2_catcher() override { Catch::getCurrentMutableContext().setResultCapture(&before_); }
  catch2_catcher(const catch2_catcher&) = delete;
  catch2_catcher& operator=(const catch2_catcher&) = delete;

  void handleExpr(const Catch::AssertionInfo& info, const Catch::ITransientExpression& expr,
                  Catch::AssertionReaction& reaction) override {
    const bool wants_false = (info.resultDisposition & Catch::ResultDisposition::FalseTest) != 0;
    if (expr.getResult() != wants_false) {
      passed_ = true;
      return;
    }
    std::ostringstream text;
    expr.streamReconstructedExpression(text);
    fail(info, std::string(info.capturedExpression) + " with " + text.str(), reaction);
  }
  void handleMessage(const Catch::AssertionInfo& info, Catch::ResultWas::OfType kind,
                     const Catch::StringRef& message, Catch::AssertionReaction& reaction) override {
    if (!Catch::isOk(kind)) fail(info, std::string(message), reaction);
  }
  void handleUnexpectedExceptionNotThrown(const Catch::AssertionInfo& info,
                                          Catch::AssertionReaction& reaction) override {
    fail(info, std::string(info.capturedExpression) + " threw nothing", reaction);
  }
  void handleUnexpectedInflightException(const Catch::AssertionInfo& info,
                                         const std::string& message,
                                         Catch::AssertionReaction& reaction) override {
    fail(info, std::string(info.capturedExpression) + " threw " + message, reaction);
  }
  void handleIncomplete(const Catch::AssertionInfo&) override {}  // an exception tells it itself
  void handleNonExpr(const Catch::AssertionInfo& info, Catch::ResultWas::OfType kind,
                     Catch::AssertionReaction& reaction) override {
    passed_ = Catch::isOk(kind);
    if (!passed_) fail(info, std::string(info.capturedExpression), reaction);
  }
  bool lastAssertionPassed() override { return passed_; }
  void assertionPassed() override { passed_ = true; }

  bool sectionStarted(const Catch::SectionInfo& info, Catch::Counts& counts) override {
    return before_.sectionStarted(info, counts);
  }
  void sectionEnded(const Catch::SectionEndInfo& info) override { before_.sectionEnded(info); }
  void sectionEndedEarly(const Catch::SectionEndInfo& info) override {
    before_.sectionEndedEarly(info);
  }
  auto acquireGeneratorTracker(Catch::StringRef name, const Catch::SourceLineInfo& where)
      -> Catch::IGeneratorTracker& override {
    return before_.acquireGeneratorTracker(name, where);
  }
#if defined(CATCH_CONFIG_ENABLE_BENCHMARKING)
  void benchmarkPreparing(const std::string&) override {}
  void benchmarkStarting(const Catch::BenchmarkInfo&) override {}
  void benchmarkEnded(const Catch::BenchmarkStats<>&) override {}
  void benchmarkFailed(const std::string&) override {}
#endif
  void pushScopedMessage(const Catch::MessageInfo& m) override { before_.pushScopedMessage(m); }
  void popScopedMessage(const Catch::MessageInfo& m) override { before_.popScopedMessage(m); }
  void emplaceUnscopedMessage(const Catch::MessageBuilder& m) override {
    before_.emplaceUnscopedMessage(m);
  }
  void handleFatalErrorCondition(Catch::StringRef message) override {
    before_.handleFatalErrorCondition(message);
  }
  std::string getCurrentTestName() const override { return before_.getCurrentTestName(); }
  const Catch::AssertionResult* getLastResult() const override { return before_.getLastResult(); }
  void exceptionEarlyReported() override { before_.exceptionEarlyReported(); }

 private:
  static std::optional<catch2_catcher>& one() {
    static std::optional<catch2_catcher> catcher;
    return catcher;
  }
  void fail(const Catch::AssertionInfo& info, const std::string& text,
            Catch::AssertionReaction& reaction) {
    passed_ = false;
    if ((info.resultDisposition & Catch::ResultDisposition::SuppressFail) != 0) return;
    add_failed_assertion(failed_, info.lineInfo.file, info.lineInfo.line, text);
    reaction.shouldThrow = (info.resultDisposition & Catch::ResultDisposition::Normal) != 0;
  }

  Catch::IResultCapture& before_;
  std::string failed_;
  bool passed_ = true;
};

inline const bool catch2_is_watched =
    (set_assertion_watch({&catch2_catcher::begin, &catch2_catcher::end}), true);

}  // namespace tutti::detail

#define TUTTI_TEST_OF_CATCH2(body_, time_max_, name_, ...)              \
  static ::tutti::task<> body_();                                       \
  TEST_CASE(name_, __VA_ARGS__) {                                       \
    ::tutti::testing::run_virtual(body_(), {.name = name_}, time_max_); \
  }                                                                     \
  static ::tutti::task<> body_()

/// A test whose body is a coroutine in virtual time: name and tags as in TEST_CASE.
/// ```
/// TUTTI_TEST("a queue wakes a waiting getter", "[queue]") { co_await …; CHECK(…); }
/// ```
/// A task left behind fails the test with its name; a body that can never end, or has not ended
/// after `test_time_max`, fails with what everybody waits for.
#define TUTTI_TEST(name_, tags_) TUTTI_TEST_WITHIN(::tutti::testing::test_time_max, name_, tags_)
/// The same with a deadline of its own, by the virtual clock.
#define TUTTI_TEST_WITHIN(time_max_, name_, tags_) \
  TUTTI_TEST_OF_CATCH2(INTERNAL_CATCH_UNIQUE_NAME(tutti_test_), time_max_, name_, tags_)
