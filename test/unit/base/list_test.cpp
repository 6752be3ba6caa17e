#include <tutti/base/list.hpp>

#include <vector>

#include <gtest/gtest.h>

namespace {

struct item : tutti::detail::list_node {
  explicit item(int v) : value(v) {}
  int value;
  item* next_in_chain = nullptr;
};

std::vector<int> drain(tutti::detail::list<item>& l) {
  std::vector<int> out;
  while (item* i = l.pop_front()) out.push_back(i->value);
  return out;
}

TEST(List, KeepsOrderAndUnlinksAnywhere) {
  item a(1), b(2), c(3), d(0);
  tutti::detail::list<item> l;
  l.push_back(a);
  l.push_back(b);
  l.push_back(c);
  l.push_front(d);
  EXPECT_EQ(l.back(), &c);
  EXPECT_EQ(l.after(&a), &b);
  EXPECT_EQ(l.before(&a), &d);
  EXPECT_EQ(l.after(&c), nullptr);
  EXPECT_EQ(l.before(&d), nullptr);
  tutti::detail::list<item>::unlink(b);
  EXPECT_FALSE(b.is_linked());
  EXPECT_EQ(drain(l), (std::vector<int>{0, 1, 3}));
  EXPECT_TRUE(l.empty());
}

TEST(List, InsertAfterAndSplice) {
  item a(1), b(2), c(3);
  tutti::detail::list<item> l, m;
  l.push_back(a);
  l.insert_after(&a, c);
  l.insert_after(nullptr, b);
  m.splice_back(l);
  EXPECT_TRUE(l.empty());
  EXPECT_EQ(drain(m), (std::vector<int>{2, 1, 3}));
}

TEST(Chain, IsFirstInFirstOut) {
  item a(1), b(2), c(3);
  tutti::detail::chain<item, &item::next_in_chain> q;
  q.push_back(&a);
  q.push_back(&b);
  q.push_front(&c);
  EXPECT_EQ(q.pop_front(), &c);
  EXPECT_EQ(q.pop_front(), &a);
  EXPECT_EQ(q.pop_front(), &b);
  EXPECT_EQ(q.pop_front(), nullptr);
  q.push_front(&a);
  q.push_back(&b);
  EXPECT_EQ(q.pop_front(), &a);
  EXPECT_EQ(q.pop_front(), &b);
}

}  // namespace
