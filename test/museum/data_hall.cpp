// Bugs of data without, or with too little, protection.
#include "museum.hpp"

namespace museum {
namespace {

using tutti::lock_guard;
using tutti::mutex;

// ---- x = x + 1 ----
void lost_update() {
  lab::shared<int> x = 0;
  both([&] { x = x + 1; }, [&] { x = x + 1; });
  lab::check(x == 2);
}
void update_under_lock() {
  lab::shared<int> x = 0;
  mutex m;
  const auto add = [&] {
    lock_guard hold{m};
    x = x + 1;
  };
  both(add, add);
  lab::check(x == 2);
}

// ---- look, then take ----
void check_then_act() {
  lab::shared<int> balance = 10;
  const auto withdraw = [&] {
    if (balance >= 10) balance -= 10;
  };
  both(withdraw, withdraw);
  lab::check(balance == 0);
}
void check_and_act_under_lock() {
  lab::shared<int> balance = 10;
  mutex m;
  const auto withdraw = [&] {
    lock_guard hold{m};
    if (balance >= 10) balance -= 10;
  };
  both(withdraw, withdraw);
  lab::check(balance == 0);
}

// ---- two accounts, each guard looks at both and changes one ----
void write_skew() {
  lab::shared<int> x = 1, y = 1;
  both(
      [&] {
        if (x + y >= 2) x -= 1;
      },
      [&] {
        if (x + y >= 2) y -= 1;
      });
  lab::check(x + y >= 1);
}
void no_skew() {
  lab::shared<int> x = 1, y = 1;
  mutex m;
  both(
      [&] {
        lock_guard hold{m};
        if (x + y >= 2) x -= 1;
      },
      [&] {
        lock_guard hold{m};
        if (x + y >= 2) y -= 1;
      });
  lab::check(x + y >= 1);
}

// ---- two halves of one value ----
void torn_pair() {
  lab::shared<int> x = 0, y = 0;
  both(
      [&] {
        x = 1;
        y = 1;
      },
      [&] {
        const int left = x;
        const int right = y;
        lab::check(left == right);
      });
}
void whole_pair() {
  lab::shared<int> x = 0, y = 0;
  mutex m;
  both(
      [&] {
        lock_guard hold{m};
        x = 1;
        y = 1;
      },
      [&] {
        lock_guard hold{m};
        const int left = x;
        const int right = y;
        lab::check(left == right);
      });
}

// ---- ready is said before it is true ----
void double_checked_init() {
  lab::atomic<bool> made = false;
  lab::shared<int> value = 0;
  mutex m;
  const auto use = [&] {
    if (!made) {
      lock_guard hold{m};
      if (!made) {
        made = true;
        value = 42;
      }
    }
    lab::check(value == 42);
  };
  both(use, use);
}
void double_checked_init_in_order() {
  lab::atomic<bool> made = false;
  lab::shared<int> value = 0;
  mutex m;
  const auto use = [&] {
    if (!made) {
      lock_guard hold{m};
      if (!made) {
        value = 42;
        made = true;
      }
    }
    lab::check(value == 42);
  };
  both(use, use);
}

void publish_before_init() {
  lab::atomic<int> published = 0;
  lab::shared<int> data = 0;
  both(
      [&] {
        published = 1;
        data = 7;
      },
      [&] {
        if (published == 1) lab::check(data == 7);
      });
}
void init_before_publish() {
  lab::atomic<int> published = 0;
  lab::shared<int> data = 0;
  both(
      [&] {
        data = 7;
        published = 1;
      },
      [&] {
        if (published == 1) lab::check(data == 7);
      });
}

// ---- once ----
void twice_instead_of_once() {
  lab::atomic<bool> done = false;
  lab::atomic<int> calls = 0;
  const auto once = [&] {
    if (done) return;
    done = true;
    ++calls;
  };
  both(once, once);
  lab::check(calls == 1);
}
void really_once() {
  lab::atomic<bool> done = false;
  lab::atomic<int> calls = 0;
  const auto once = [&] {
    if (!done.exchange(true)) ++calls;
  };
  both(once, once);
  lab::check(calls == 1);
}

// ---- the last one frees ----
void count_read_after_decrement() {
  lab::atomic<int> owners = 2;
  lab::atomic<int> freed = 0;
  const auto drop = [&] {
    --owners;
    if (owners == 0) ++freed;
  };
  both(drop, drop);
  lab::check(freed == 1);
}
void count_from_decrement() {
  lab::atomic<int> owners = 2;
  lab::atomic<int> freed = 0;
  const auto drop = [&] {
    if (owners.fetch_sub(1) == 1) ++freed;
  };
  both(drop, drop);
  lab::check(freed == 1);
}

// ---- compare-exchange with yesterday's value ----
void stale_retry() {
  lab::atomic<int> x = 0;
  const auto add = [&] {
    int seen = x;
    const int wanted = seen + 1;
    while (!x.compare_exchange(seen, wanted)) {
    }
  };
  both(add, add);
  lab::check(x == 2);
}
void fresh_retry() {
  lab::atomic<int> x = 0;
  const auto add = [&] {
    int seen = x;
    while (!x.compare_exchange(seen, seen + 1)) {
    }
  };
  both(add, add);
  lab::check(x == 2);
}

// ---- ABA: a stack of node numbers, one of which comes back ----
void aba() {
  lab::atomic<int> head = 1;  // 1 → 2 → nothing
  lab::shared<int> next[3] = {0, 2, 0};
  lab::shared<bool> taken_two = false;
  const auto pop = [&] {
    int top = head;
    while (top != 0) {
      const int below = next[top];
      if (head.compare_exchange(top, below)) break;
    }
    return top;
  };
  both([&] { pop(); },
       [&] {
         if (pop() != 1) return;
         if (pop() == 2) taken_two = true;
         next[1] = 0;  // 1 comes back, with nothing below
         int top = head;
         if (top == 0) head.compare_exchange(top, 1);
       });
  lab::check(!(taken_two && head == 2), "a node is in the stack and in use");
}
void aba_with_tag() {
  lab::atomic<int> head = 1;  // number + 10 × tag
  lab::shared<int> next[3] = {0, 2, 0};
  lab::shared<bool> taken_two = false;
  const auto pop = [&] {
    int seen = head;
    while (seen % 10 != 0) {
      const int below = next[seen % 10];
      if (head.compare_exchange(seen, (seen / 10 + 1) * 10 + below)) break;
    }
    return seen % 10;
  };
  both([&] { pop(); },
       [&] {
         if (pop() != 1) return;
         if (pop() == 2) taken_two = true;
         next[1] = 0;
         int seen = head;
         if (seen % 10 == 0) head.compare_exchange(seen, (seen / 10 + 1) * 10 + 1);
       });
  lab::check(!(taken_two && head % 10 == 2), "a node is in the stack and in use");
}

// ---- copy, change, put back ----
void copy_and_replace() {
  lab::shared<int> settings = 0;
  both([&] { settings = static_cast<int>(settings) | 1; },
       [&] { settings = static_cast<int>(settings) | 2; });
  lab::check(settings == 3);
}
void copy_and_replace_if_same() {
  lab::atomic<int> settings = 0;
  const auto set = [&](int bit) {
    int seen = settings;
    while (!settings.compare_exchange(seen, seen | bit)) {
    }
  };
  both([&] { set(1); }, [&] { set(2); });
  lab::check(settings == 3);
}

// ---- mutual exclusion by hand ----
template <class First, class Second>
void peterson(First announce, Second defer) {
  lab::atomic<bool> wants[2] = {false, false};
  lab::atomic<int> turn = 0;
  lab::atomic<int> inside = 0;
  const auto run = [&](int me) {
    const int other = 1 - me;
    announce(wants, turn, me);
    defer(wants, turn, me);
    while (wants[other] && turn == other) lab::yield_point();
    lab::check(++inside == 1, "two inside");
    --inside;
    wants[me] = false;
  };
  both([&] { run(0); }, [&] { run(1); });
}
const auto say_i_want = [](auto& wants, auto&, int me) { wants[me] = true; };
const auto after_you = [](auto&, auto& turn, int me) { turn = 1 - me; };
void peterson_in_wrong_order() { peterson(after_you, say_i_want); }
void peterson_in_order() { peterson(say_i_want, after_you); }

// ---- a value read before an await and written after it ----
tutti::task<> add_across_await(int& x) {
  const int before = x;
  co_await tutti::yield();
  x = before + 1;
}
tutti::task<> add_at_once(int& x) {
  co_await tutti::yield();
  x = x + 1;
}
void await_between_read_and_write() {
  int x = 0;
  const auto main = [&]() -> tutti::task<> {
    co_await tutti::gather(add_across_await(x), add_across_await(x));
  };
  tutti::run(main());
  lab::check(x == 2);
}
void no_await_between() {
  int x = 0;
  const auto main = [&]() -> tutti::task<> {
    co_await tutti::gather(add_at_once(x), add_at_once(x));
  };
  tutti::run(main());
  lab::check(x == 2);
}

const hall data({
    {"lost_update", "check", lost_update, update_under_lock},
    {"check_then_act", "check", check_then_act, check_and_act_under_lock},
    {"write_skew", "check", write_skew, no_skew},
    {"torn_pair", "check", torn_pair, whole_pair},
    {"double_checked_init", "check", double_checked_init, double_checked_init_in_order},
    {"publish_before_init", "check", publish_before_init, init_before_publish},
    {"twice_instead_of_once", "check", twice_instead_of_once, really_once},
    {"count_read_after_decrement", "check", count_read_after_decrement, count_from_decrement},
    {"stale_retry", "check", stale_retry, fresh_retry},
    {"aba", "check", aba, aba_with_tag},
    {"copy_and_replace", "check", copy_and_replace, copy_and_replace_if_same},
    {"peterson_in_wrong_order", "two inside", peterson_in_wrong_order, peterson_in_order},
    {"await_between_read_and_write", "check", await_between_read_and_write, no_await_between},
});

}  // namespace
}  // namespace museum
