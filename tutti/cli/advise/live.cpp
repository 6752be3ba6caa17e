#include <tutti/cli/advise/live.hpp>

#include <algorithm>
#include <map>

namespace tutti::cli::advise {
namespace {

constexpr double redraw_every_s = 0.4;
constexpr double plain_every_s = 10;

std::string counted(std::size_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

std::string doing(const live_thread& t) {
  return t.is_running ? "on CPU or ready" : cause_words(t.now);
}

}  // namespace

std::vector<std::string> live_lines(const std::string& command, double elapsed_s,
                                    std::size_t threads, std::size_t processes,
                                    const std::vector<live_thread>& shown, const screen& where) {
  std::vector<std::string> lines;
  lines.push_back(where.paint(style::strong, "tutti advise  " + printable(command)) + "  " +
                  show_seconds(elapsed_s) + ", " + counted(processes, "process", "processes") +
                  ", " + counted(threads, "thread", "threads"));
  const std::size_t bar_width = where.columns >= 100 ? 30 : 14;
  for (const live_thread& t : shown) {
    const double on_cpu = std::clamp(t.on_cpu_share, 0.0, 1.0);
    const double wanted = std::clamp(t.wanted_share, 0.0, 1.0 - on_cpu);
    const std::string busy = bar(on_cpu, bar_width);
    std::string ready(bar(on_cpu + wanted, bar_width).size() -
                          std::min(busy.size(), bar(on_cpu + wanted, bar_width).size()),
                      '+');
    std::string line =
        "  " + fit_left(printable(t.name), 16) + fit_right(std::to_string(t.tid), 8) + "  ";
    line += where.paint(style::accent, busy) + where.paint(style::warn, ready);
    line += std::string(bar_width + 1 - std::min(bar_width + 1, busy.size() + ready.size()), ' ');
    line += fit_right(show_percent(on_cpu), 6) + "  " + doing(t);
    lines.push_back(line);
  }
  if (threads > shown.size())
    lines.push_back("  and " + std::to_string(threads - shown.size()) + " more threads");
  return lines;
}

std::string plain_line(double elapsed_s, std::size_t threads, std::size_t processes,
                       const std::vector<live_thread>& shown) {
  std::map<std::string, std::size_t> counts;
  for (const live_thread& t : shown) ++counts[doing(t)];
  std::string line = "tutti advise: " + show_seconds(elapsed_s) + ", " +
                     counted(processes, "process", "processes") + ", " +
                     counted(threads, "thread", "threads") + ":";
  const char* between = " ";
  for (const auto& [words, count] : counts) {
    line += between + std::to_string(count) + " " + words;
    between = ", ";
  }
  return line + "\n";
}

void live_view::update(double now_s, const sampler& from) {
  if (mode_ == mode::silent || now_s < next_s_) return;
  if (mode_ == mode::redrawn) {
    next_s_ = now_s + redraw_every_s;
    const auto room = static_cast<std::size_t>(std::clamp(where_.rows - 4, 3, 24));
    area_.draw(live_lines(command_, now_s, from.living_threads(), from.living_processes(),
                          from.snapshot(room), where_));
    return;
  }
  if (now_s < plain_every_s) {
    next_s_ = plain_every_s;
    return;
  }
  next_s_ = now_s + plain_every_s;
  constexpr std::size_t all = 1024;
  std::fputs(
      plain_line(now_s, from.living_threads(), from.living_processes(), from.snapshot(all)).c_str(),
      stream_);
}

}  // namespace tutti::cli::advise
