// rows: 002-26
// links: tutti_cli_parts
// A load above what threads carry well gets coroutines with a limit, sized by Little's law; below
// it threads will do.
#include <cstdio>
#include <string>

#include <tutti/cli/advise/recommend.hpp>

int main() {
  using namespace tutti::cli::advise;
  machine_facts m;
  m.cpus_seen = m.cpus_allowed = 4;
  int wrong = 0;
  const auto check = [&](double per_s, model expected, double least, double greatest) {
    wishes w;
    w.load_per_s = per_s;
    w.latency_s = 0.05;
    w.code = code_shape::blocking;
    const advice a = recommend_described({described_work::task::io}, m, w);
    const bool has_limit =
        expected != model::coroutines || a.sentence.find("capacity limit") != std::string::npos;
    std::printf("%6.0f/s x 50 ms: %s\n", per_s, a.sentence.c_str());
    if (a.use == expected && has_limit && a.size >= least && a.size <= greatest) return;
    std::fprintf(stderr, "%.0f/s: got %s of %.0f\n", per_s, model_name(a.use), a.size);
    ++wrong;
  };
  check(100, model::threads, 5, 10);
  check(1000, model::threads, 50, 70);
  check(10000, model::coroutines, 500, 700);
  check(200000, model::coroutines, 10000, 14000);
  return wrong == 0 ? 0 : 1;
}
