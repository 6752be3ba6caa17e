#include <tutti/wire/archive.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <bitset>
#include <chrono>
#include <climits>
#include <complex>
#include <cstdio>
#include <coroutine>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <fstream>
#include <functional>
#include <future>
#include <limits>
#include <list>
#include <map>
#include <mutex>
#include <queue>
#include <random>
#include <ranges>
#include <set>
#include <span>
#include <stack>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>

namespace {

using tutti::wire_error;
using tutti::wire::byte_reader;
using tutti::wire::crosses;
using tutti::wire::decode;
using tutti::wire::from_bytes;
using tutti::wire::to_bytes;

struct point {
  double x;
  double y;
  std::string label;
  friend bool operator==(const point&, const point&) = default;
};
enum class colour : unsigned char { red, green };
struct everything {
  bool flag;
  colour c;
  point p;
  std::vector<double> numbers;
  std::map<std::string, std::vector<int>> table;
  std::optional<int> maybe;
  std::variant<int, std::string, point> one_of;
  std::pair<int, std::string> both;
  std::array<short, 3> three;
  std::chrono::milliseconds delay;
  std::filesystem::path file;
  std::bitset<70> bits;
  std::complex<float> z;
  std::tuple<> nothing;
  friend bool operator==(const everything&, const everything&) = default;
};
struct with_arrays {
  int a[3];
  std::string names[2];
  char text[8];
  long last;
};
struct nested_blocks {
  struct inner {
    int a, b;
  } in;
  float f;
};
struct node {
  int value;
  std::unique_ptr<node> next;
};
struct tree {
  std::string name;
  std::vector<tree> children;
  friend bool operator==(const tree&, const tree&) = default;
};
struct no_default {
  explicit no_default(int v) : value(v) {}
  int value;
};
struct holder {
  no_default a;
  const int b;
};
class secret {  // private members: only serialize can see them
 public:
  secret() = default;
  secret(int a, std::string b) : a_(a), b_(std::move(b)), cache_(99) {}
  template <class Archive>
  void serialize(Archive& ar) {
    ar(a_, b_);
  }
  int a_ = 0;
  std::string b_;
  int cache_ = 7;  // not sent: serialize wins over plain copying
};
struct halves {
  int v = 0;
  template <class Archive>
  void save(Archive& ar) const {
    ar(v + 1);
  }
  template <class Archive>
  void load(Archive& ar) {
    ar(v);
  }
};
struct pointer_inside {
  int a;
  int* p;
};
struct base {
  int a;
};
struct derived : base {
  std::string b;
};
/// What std::expected looks like.
template <class T, class E>
class expected {
 public:
  using value_type = T;
  using error_type = E;
  struct unexpected_type {
    explicit unexpected_type(E e) : held(std::move(e)) {}
    E held;
  };
  expected(T v) : held_(std::in_place_index<0>, std::move(v)) {}  // NOLINT: as its model
  expected(unexpected_type u) : held_(std::in_place_index<1>, std::move(u.held)) {}  // NOLINT
  bool has_value() const { return held_.index() == 0; }
  const T& operator*() const { return std::get<0>(held_); }
  const E& error() const { return std::get<1>(held_); }
  friend bool operator==(const expected&, const expected&) = default;

 private:
  std::variant<T, E> held_;
};
struct large_block {
  char text[1000];
  int n;
};

template <class T>
T round_trip(const T& value) {
  return from_bytes<T>(to_bytes(value));
}
template <class T>
void expect_same(const T& value) {
  EXPECT_TRUE(round_trip(value) == value) << typeid(T).name();
}

everything sample() {
  return {true,     colour::green,           {1, -2, "p"}, {1, 2.5},  {{"a", {1, 2}}, {"", {}}},
          4,        point{3, 4, "q"},        {5, "five"},  {6, 7, 8}, std::chrono::milliseconds{9},
          "/tmp/x", std::bitset<70>{0x5555}, {1, 2},       {}};
}

TEST(archive, plain_values_come_back) {
  expect_same(0);
  expect_same(std::numeric_limits<std::int64_t>::min());
  expect_same(true);
  expect_same(colour::green);
  expect_same(2.5L);
  expect_same(std::string("text"));
  expect_same(std::u16string(u"text"));
  expect_same(std::string(100000, 'x'));
  expect_same(std::optional<std::string>{});
  expect_same(std::optional<std::string>{"there"});
  expect_same(std::variant<int, std::string>{"second"});
  expect_same(std::monostate{});
  expect_same(std::complex<double>{1, -2});
  expect_same(std::bitset<130>{0x5555});
  expect_same(std::filesystem::path{"/a/b c"});
  expect_same(std::chrono::nanoseconds{-7});
  expect_same(std::chrono::system_clock::time_point{std::chrono::hours{5}});
  using perhaps = expected<std::string, int>;
  expect_same(perhaps{"there"});
  expect_same(perhaps{perhaps::unexpected_type{7}});
  expect_same(std::make_error_code(std::errc::no_such_file_or_directory));
}

TEST(archive, containers_come_back) {
  expect_same(std::vector<int>{1, 2, 3});
  expect_same(std::vector<bool>{true, false, true});
  expect_same(std::vector<std::vector<std::string>>{{"a"}, {}, {"b", "c"}});
  expect_same(std::deque<int>{1, 2});
  expect_same(std::list<std::string>{"x", "y"});
  expect_same(std::forward_list<int>{1, 2, 3});
  expect_same(std::set<std::string>{"b", "a"});
  expect_same(std::multimap<int, std::string>{{1, "a"}, {1, "b"}});
  expect_same(std::unordered_map<std::string, int>{{"a", 1}, {"b", 2}});
  expect_same(std::array<std::string, 2>{"a", "b"});
  expect_same(std::array<int, 0>{});
  expect_same(std::tuple<int, std::string, std::tuple<>>{1, "a", {}});
  std::stack<int> stack;
  stack.push(1);
  expect_same(stack);
  std::priority_queue<int> heap;
  heap.push(3);
  heap.push(9);
  EXPECT_EQ(round_trip(heap).top(), 9);
}

TEST(archive, an_aggregate_needs_no_line_in_its_type) {
  expect_same(sample());
  expect_same(tree{"root", {{"left", {}}, {"right", {{"leaf", {}}}}}});
  const with_arrays arrays = round_trip(with_arrays{{1, 2, 3}, {"a", "b"}, "text", 4});
  EXPECT_EQ(arrays.a[2], 3);
  EXPECT_EQ(arrays.names[1], "b");
  EXPECT_STREQ(arrays.text, "text");
  EXPECT_EQ(arrays.last, 4);
  const holder held = round_trip(holder{no_default{1}, 2});
  EXPECT_EQ(held.a.value + held.b, 3);
  EXPECT_EQ(round_trip(large_block{"abc", 5}).n, 5);
}

TEST(archive, owning_pointers_carry_what_they_own) {
  EXPECT_EQ(round_trip(std::unique_ptr<int>{}), nullptr);
  node list{1, std::make_unique<node>(node{2, nullptr})};
  EXPECT_EQ(from_bytes<node>(to_bytes(list)).next->value, 2);
}

TEST(archive, serialize_wins_over_plain_copying) {
  const secret s = round_trip(secret{4, "four"});
  EXPECT_EQ(s.a_, 4);
  EXPECT_EQ(s.b_, "four");
  EXPECT_EQ(s.cache_, 7);
  EXPECT_EQ(round_trip(halves{1}).v, 2);
}

TEST(archive, blocks_are_copied_as_blocks) {
  EXPECT_TRUE(tutti::wire::detail::is_block<nested_blocks>());
  EXPECT_FALSE(tutti::wire::detail::is_block<point>());
  EXPECT_FALSE(tutti::wire::detail::is_block<bool>());
  EXPECT_EQ(to_bytes(std::vector<double>(1000)).size(),
            8000U + 8U);  // a count in two bytes, aligned to eight
  EXPECT_EQ(to_bytes(std::string("abc")).size(), 4U);
}

TEST(archive, what_may_not_cross_is_known_when_compiling) {
  int local = 1;
  auto captures = [&local] { return local; };
  auto empty = [] {};
  EXPECT_TRUE(crosses<int> && crosses<everything> && crosses<node> && crosses<decltype(empty)>);
  EXPECT_FALSE(crosses<int*> || crosses<const char*> || crosses<int&> || crosses<void (*)()> ||
               crosses<int point::*>);
  EXPECT_FALSE(crosses<std::string_view> || crosses<std::span<int>> ||
               crosses<std::initializer_list<int>>);
  EXPECT_FALSE((crosses<std::ranges::iota_view<int, int>>));
  EXPECT_FALSE(crosses<std::vector<int>::iterator>);
  EXPECT_FALSE(crosses<std::shared_ptr<int>> || crosses<std::weak_ptr<int>> ||
               crosses<std::unique_ptr<int[]>>);
  captures();
  EXPECT_FALSE(crosses<std::reference_wrapper<int>> || crosses<std::function<void()>>);
  EXPECT_FALSE(crosses<std::mutex> || crosses<std::atomic<int>> ||
               crosses<std::coroutine_handle<>>);
  EXPECT_FALSE(crosses<std::thread> || crosses<std::ofstream> || crosses<std::future<int>>);
  EXPECT_FALSE(crosses<std::lock_guard<std::mutex>> || crosses<FILE*>);
  EXPECT_FALSE(crosses<decltype(captures)> || crosses<pointer_inside> || crosses<derived>);
  using hidden_pointer = std::vector<std::pair<int, const char*>>;
  EXPECT_FALSE(crosses<hidden_pointer> || crosses<std::optional<std::string_view>>);
}

TEST(archive, bytes_that_end_too_early_are_refused) {
  const auto bytes = to_bytes(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_THROW(from_bytes<everything>(std::span(bytes).first(length)), wire_error) << length;
  auto longer = bytes;
  longer.push_back(std::byte{0});
  EXPECT_THROW(from_bytes<everything>(longer), wire_error);
}

TEST(archive, damaged_bytes_give_a_value_or_an_error_and_nothing_worse) {
  const auto bytes = to_bytes(sample());
  std::mt19937 random{7};
  for (int round = 0; round < 3000; ++round) {
    auto damaged = bytes;
    for (int i = 0; i < 3; ++i)
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    try {
      from_bytes<everything>(damaged);
    } catch (const wire_error&) {
    }
  }
}

/// Values of any size that a seed decides, with what is rare in them: empty, negative, infinite.
class random_values {
 public:
  explicit random_values(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t n) { return random_() % n; }
  int number() { return below(4) == 0 ? (below(2) == 0 ? INT_MIN : INT_MAX) : int(random_()); }
  double real() {
    constexpr double rare[] = {0.0, -0.0, 1e-310, std::numeric_limits<double>::infinity()};
    return below(4) == 0 ? rare[below(4)] : double(number()) / 3;
  }
  std::string text() {
    std::string s(below(3) == 0 ? 0 : below(300), '\0');
    for (char& c : s) c = static_cast<char>(random_());
    return s;
  }
  template <class Make>
  auto list(Make make) {
    std::vector<decltype(make())> all;
    for (std::size_t n = below(5); n != 0; --n) all.push_back(make());
    return all;
  }
  everything all() {
    everything e = sample();
    e.flag = below(2) == 0;
    e.c = below(2) == 0 ? colour::red : colour::green;
    e.p = {real(), real(), text()};
    e.numbers = list([&] { return real(); });
    e.table.clear();
    for (std::size_t n = below(5); n != 0; --n) e.table[text()] = list([&] { return number(); });
    e.maybe = below(2) == 0 ? std::optional<int>() : std::optional<int>(number());
    switch (below(3)) {
      case 0:
        e.one_of = number();
        break;
      case 1:
        e.one_of = text();
        break;
      default:
        e.one_of = point{real(), real(), text()};
    }
    e.both = {number(), text()};
    e.delay = std::chrono::milliseconds{number()};
    e.file = "/" + std::to_string(number());
    e.bits = std::bitset<70>{random_()};
    return e;
  }
  tree branch(int depth) {
    tree t{text(), {}};
    if (depth > 0) t.children = list([&] { return branch(depth - 1); });
    return t;
  }

 private:
  std::mt19937_64 random_;
};

TEST(archive, whatever_goes_in_comes_out) {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    random_values random{seed};
    const everything e = random.all();
    ASSERT_TRUE(round_trip(e) == e) << "seed " << seed;
    ASSERT_TRUE(to_bytes(round_trip(e)) == to_bytes(e)) << "seed " << seed;
    const tree t = random.branch(3);
    ASSERT_TRUE(round_trip(t) == t) << "seed " << seed;
    const auto bytes = to_bytes(t);
    const std::size_t cut = random.below(bytes.size());
    ASSERT_THROW(from_bytes<tree>(std::span(bytes).first(cut)), wire_error) << "seed " << seed;
  }
}

TEST(archive, a_huge_count_allocates_nothing) {
  const std::vector<std::byte> bytes(10, std::byte{0xff});
  EXPECT_THROW(from_bytes<std::vector<double>>(bytes), wire_error);
  EXPECT_THROW(from_bytes<std::vector<std::monostate>>(
                   std::vector<std::byte>{std::byte{0x80}, std::byte{0x10}}),
               wire_error);
}

TEST(archive, nesting_is_bounded_on_both_sides) {
  node list{0, nullptr};
  for (int i = 0; i < 3000; ++i) list = node{i, std::make_unique<node>(std::move(list))};
  EXPECT_THROW(to_bytes(list), wire_error);
  const std::vector<std::byte> deep(100000, std::byte{1});
  EXPECT_THROW(from_bytes<node>(deep), wire_error);
}

TEST(archive, unaligned_blocks_come_back) {
  const auto bytes = to_bytes(std::vector<double>{1, 2, 3});
  std::vector<std::byte> shifted(bytes.size() + 1);
  std::copy(bytes.begin(), bytes.end(), shifted.begin() + 1);
  EXPECT_EQ(from_bytes<std::vector<double>>(std::span(shifted).subspan(1)),
            (std::vector<double>{1, 2, 3}));
}

}  // namespace
