#include <tutti/cli/compare/effective_cores.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <tutti/base/clock.hpp>
#include <tutti/sys/atomic.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/sys/topology.hpp>

namespace tutti::cli::compare {

namespace {

constexpr unsigned threads_max = 64;
constexpr double alone_seconds = 0.03;
constexpr double together_seconds = 0.2;

double seconds_now() {
  return std::chrono::duration<double>(clock::now().time_since_epoch()).count();
}

// About a tenth of a millisecond of work that no compiler shortens and that touches no memory.
std::uint64_t one_piece(std::uint64_t seed) {
  for (int i = 0; i < 40'000; ++i) seed = seed * 6364136223846793005ULL + (seed >> 33U) + 1;
  return seed;
}

core_probe work_until(double end) {
  core_probe out;
  out.fastest_piece = 1e9;
  std::uint64_t seed = 1;
  volatile std::uint64_t kept = 0;
  for (double at = seconds_now(); at < end;) {
    seed = one_piece(seed);
    kept = seed;  // a write the compiler may neither drop nor move past the clock
    const double then = seconds_now();
    out.fastest_piece = std::min(out.fastest_piece, then - at);
    at = then;
    ++out.pieces;
  }
  (void)kept;
  return out;
}

}  // namespace

double effective_cores(std::span<const core_probe> probes, double alone, double wall) noexcept {
  double fastest = alone > 0 ? alone : 1e9;
  std::uint64_t pieces = 0;
  for (const core_probe& p : probes) {
    if (p.pieces == 0) continue;
    fastest = std::min(fastest, p.fastest_piece);
    pieces += p.pieces;
  }
  if (pieces == 0 || wall <= 0) return 0;
  return static_cast<double>(pieces) * fastest / wall;
}

cores_found measure_cores() {
  cores_found out;
  out.seen = sys::effective_cores();
  const unsigned count = std::min(out.seen, threads_max);
  const double alone = work_until(seconds_now() + alone_seconds).fastest_piece;
  std::vector<core_probe> probes(count);
  const double start = seconds_now();
  {
    std::vector<sys::thread> others;
    for (unsigned i = 1; i < count; ++i) {
      others.emplace_back("cores-" + std::to_string(i), [&probes, i, start] {
        probes[i] = work_until(start + together_seconds);
      });
    }
    probes[0] = work_until(start + together_seconds);
  }
  out.effective = effective_cores(probes, alone, seconds_now() - start);
  return out;
}

}  // namespace tutti::cli::compare
