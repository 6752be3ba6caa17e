#include <tutti/base/annotations.hpp>

#include <gtest/gtest.h>

namespace {

/// A lock that clang's analysis knows; every mark of the header stands on it once.
class TUTTI_CAPABILITY("mutex") flag {
 public:
  void lock() TUTTI_ACQUIRE() { held = true; }
  bool try_lock() TUTTI_TRY_ACQUIRE(true) { return !held && (held = true); }
  void unlock() TUTTI_RELEASE() { held = false; }
  bool held = false;
};
class TUTTI_SCOPED_CAPABILITY guard {
 public:
  explicit guard(flag& f) TUTTI_ACQUIRE(f) : flag_(f) { flag_.lock(); }
  ~guard() TUTTI_RELEASE() { flag_.unlock(); }

 private:
  flag& flag_;
};
class counter {
 public:
  int next() TUTTI_EXCLUDES(flag_) {
    const guard held(flag_);
    return bump();
  }
  bool is_locked() TUTTI_NO_THREAD_SAFETY { return flag_.held || value_ < 0; }
  int next_if_free() TUTTI_EXCLUDES(flag_) {
    if (!flag_.try_lock()) return -1;
    const int got = bump();
    flag_.unlock();
    return got;
  }

 private:
  int bump() TUTTI_REQUIRES(flag_) { return ++value_; }
  flag flag_;
  int value_ TUTTI_GUARDED_BY(flag_) = 0;
};

TEST(Annotations, CostNothingAndChangeNothing) {
  counter c;
  EXPECT_EQ(c.next(), 1);
  EXPECT_EQ(c.next_if_free(), 2);
  EXPECT_FALSE(c.is_locked());
}

}  // namespace
