#include <tutti/pattern/progress.hpp>

#include <algorithm>
#include <chrono>

#include <tutti/base/clock.hpp>
#include <tutti/sys/terminal.hpp>
#include <tutti/sys/world.hpp>

namespace tutti {
namespace {

using std::chrono::milliseconds;

constexpr duration redraw_min = milliseconds(100);
constexpr int bar_max = 30;

int terminal_columns(std::FILE* to) noexcept {
  const sys::terminal_facts facts = sys::look_at_terminal(to);
  return facts.is_terminal ? facts.columns : 0;
}

}  // namespace

progress::progress(std::string_view label, progress_options options)
    : label_(label),
      total_(options.total),
      to_(options.to != nullptr ? options.to : stderr),
      columns_(terminal_columns(to_)),
      start_(clock::now()),
      drawn_(time_point::min()) {}

progress::~progress() { draw(done(), true); }

void progress::advance(std::size_t steps) noexcept {
  const std::size_t before = done_.fetch_add(steps, sys::relaxed);
  look(before, before + steps);
}

void progress::reach(std::size_t done) noexcept {
  std::size_t before = done_.load(sys::relaxed);
  while (before < done) {
    if (!done_.compare_exchange_weak(before, done, sys::relaxed, sys::relaxed)) continue;
    look(before, done);
    return;
  }
}

/// Which line of a file a count belongs to: tenths, or powers of two where there is no total.
std::size_t progress::mark(std::size_t done) const noexcept {
  if (total_ != 0) return std::min(done, total_) * 10 / total_;
  std::size_t bits = 0;
  for (; done != 0; done /= 2) ++bits;
  return bits;
}

/// Most steps show nothing new and take no lock.
void progress::look(std::size_t before, std::size_t reached) noexcept {
  sys::reach_further();
  if (columns_ == 0 && mark(before) == mark(reached)) return;
  draw(reached, false);
}

void progress::draw(std::size_t reached, bool last) noexcept {
  char count[96];
  if (total_ != 0) {
    std::snprintf(count, sizeof count, "%3zu %% (%zu of %zu)",
                  std::min(reached, total_) * 100 / total_, reached, total_);
  } else {
    std::snprintf(count, sizeof count, "%zu", reached);
  }
  sys::lock hold(mu_);  // of this line only: who draws is the one who waits
  if (columns_ == 0) {
    if (reached <= shown_ && !(last && reached == 0)) return;  // said before, or by a faster thread
    shown_ = reached;
    std::fprintf(to_, "%s: %s\n", label_.c_str(), count);
    std::fflush(to_);
    return;
  }
  const time_point time = clock::now();
  if (!last && drawn_ != time_point::min() && time - drawn_ < redraw_min) return;
  drawn_ = time;
  char bar[bar_max + 1] = "";
  if (total_ != 0) {
    const int full =
        static_cast<int>(std::min(reached, total_) * static_cast<std::size_t>(bar_max) / total_);
    for (int i = 0; i < bar_max; ++i) bar[i] = i < full ? '#' : '.';
  }
  const double seconds = std::chrono::duration<double>(time - start_).count();
  std::fprintf(to_, "\r%.*s %s %s %.1f s%s", std::max(1, columns_ - bar_max - 50), label_.c_str(),
               bar, count, seconds, last ? "\n" : "");
  std::fflush(to_);
}

}  // namespace tutti
