#include <tutti/core/future_state.hpp>

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace {

using namespace tutti;

class slot final : public detail::future_state<int> {
 public:
  explicit slot(unsigned shares) : future_state<int>(shares) {}
  bool cancel_work(cancel_reason) noexcept override { return false; }
  std::string label() override { return "slot"; }
};

struct counted : detail::completion {
  explicit counted(std::string& log, char mark, bool callback = false)
      : completion(
            [](detail::completion& c) noexcept {
              static_cast<counted&>(c).log_ += static_cast<counted&>(c).mark_;
            },
            callback),
        log_(log),
        mark_(mark) {}
  std::string& log_;
  char mark_;
};

TEST(FutureState, FiresEverybodyInOrderCallbacksFirst) {
  auto* s = new slot(1);
  std::string log;
  counted a(log, 'a');
  counted b(log, 'b', true);
  counted c(log, 'c');
  EXPECT_TRUE(s->add(a));
  EXPECT_TRUE(s->add(b));
  EXPECT_TRUE(s->add(c));
  EXPECT_FALSE(s->done());
  s->finish(outcome<int>(3));
  EXPECT_TRUE(s->done());
  EXPECT_EQ(log, "bac");
  counted late(log, 'd');
  EXPECT_FALSE(s->add(late)) << "done already: not taken, not fired";
  EXPECT_EQ(log, "bac");
  EXPECT_EQ(s->result.value(), 3);
  s->release();
}

TEST(FutureState, ARemovedOneIsNotFired) {
  auto* s = new slot(1);
  std::string log;
  counted a(log, 'a');
  counted b(log, 'b');
  counted c(log, 'c');
  for (counted* each : {&a, &b, &c}) EXPECT_TRUE(s->add(*each));
  EXPECT_TRUE(s->remove(b));
  s->finish(outcome<int>(1));
  EXPECT_EQ(log, "ac");
  EXPECT_FALSE(s->remove(a)) << "too late: it has been fired";
  s->release();
}

TEST(FutureState, CancelledWorkIsAnErrorOfItsOwnForThoseWhoAsk) {
  auto* s = new slot(1);
  s->finish(outcome<int>::failure(detail::cancelled_error(cancel_reason::explicit_request)));
  EXPECT_TRUE(s->was_cancelled());
  EXPECT_THROW(s->result.value(), future_cancelled);
  s->release();
}

TEST(FutureState, BlockingUntilAPastDeadlineSaysNotDone) {
  auto* s = new slot(1);
  EXPECT_FALSE(s->block_until_done(time_point(duration(1))));
  s->finish(outcome<int>(1));
  EXPECT_TRUE(s->block_until_done(time_point::max()));
  s->release();
}

}  // namespace
