// Calls that need each other's results: each starts as soon as what it takes is there, on any
// thread of the pool. The graph draws itself for Graphviz and Mermaid.
#include <cstdio>
#include <string>
#include <vector>

#include <tutti/tutti.hpp>

std::vector<int> load(const std::string& name) {
  return name == "left" ? std::vector<int>{1, 2, 3} : std::vector<int>{10, 20};
}
int sum(const std::vector<int>& numbers) {
  int all = 0;
  for (const int n : numbers) all += n;
  return all;
}

int main() {
  tutti::thread_pool pool{{.threads = 2}};
  tutti::task_graph g;
  auto left = g.add(load, std::string("left")).named("left");
  auto right = g.add(load, std::string("right")).named("right");
  auto a = g.add(sum, left).named("sum left");
  auto b = g.add(sum, right).named("sum right");
  auto all = g.add([](int x, int y) { return x + y; }, a, b).named("all");
  g.run(pool);
  std::printf("%d\n%s", all.value(), g.mermaid().c_str());
}

// Output:
// 36
// graph TD
//   n0["left"]
//   n1["right"]
//   n2["sum left"]
//   n3["sum right"]
//   n4["all"]
//   n0 --> n2
//   n1 --> n3
//   n2 --> n4
//   n3 --> n4
