#include <tutti/cli/advise/proc_text.hpp>

#include <charconv>
#include <limits>

namespace tutti::cli::advise {
namespace {

constexpr std::string_view blanks = " \t\n";

// Takes the next blank-separated word off the front; empty at the end.
std::string_view take_word(std::string_view& text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) {
    text = {};
    return {};
  }
  text.remove_prefix(begin);
  const std::size_t end = std::min(text.find_first_of(blanks), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

template <class Number>
bool read_whole(std::string_view word, Number& value, int base = 10) {
  if (word.empty()) return false;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value, base);
  return error == std::errc() && stop == end;
}

// "name:   123 kB" anywhere at the start of a line.
bool read_entry(std::string_view text, std::string_view name, std::uint64_t& value) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    if (!line.starts_with(":")) continue;
    line.remove_prefix(1);
    return read_whole(take_word(line), value);
  }
  return false;
}

bool holds_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

std::optional<stat_line> parse_stat(std::string_view text) {
  // The name is between the first '(' and the last ')': nothing behind it can hold a parenthesis.
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  stat_line out;
  out.name = text.substr(open + 1, close - open - 1);
  std::string_view left = text.substr(close + 1);
  const std::string_view state = take_word(left);
  if (state.size() != 1) return {};
  out.state = state.front();
  if (!read_whole(take_word(left), out.parent)) return {};
  // Fields are counted from 1 and `left` starts at field 5.
  for (int field = 5; field <= 22; ++field) {
    const std::string_view word = take_word(left);
    bool ok = !word.empty();
    switch (field) {
      case 10:
        ok = read_whole(word, out.minor_faults);
        break;
      case 12:
        ok = read_whole(word, out.major_faults);
        break;
      case 14:
        ok = read_whole(word, out.user_ticks);
        break;
      case 15:
        ok = read_whole(word, out.kernel_ticks);
        break;
      case 20:
        ok = read_whole(word, out.threads);
        break;
      case 22:
        ok = read_whole(word, out.start_ticks) && !left.empty();
        break;
      default:
        break;
    }
    if (!ok) return {};
  }
  return out;
}

std::optional<schedstat_line> parse_schedstat(std::string_view text) {
  schedstat_line out;
  const bool is_complete = text.find('\n') != std::string_view::npos;
  if (!is_complete || !read_whole(take_word(text), out.run_ns)) return {};
  if (!read_whole(take_word(text), out.wait_ns) || !read_whole(take_word(text), out.slices))
    return {};
  return out;
}

std::optional<syscall_line> parse_syscall(std::string_view text) {
  if (text.find('\n') == std::string_view::npos) return {};
  syscall_line out;
  const std::string_view first = take_word(text);
  if (first == "running") return out;
  if (!read_whole(first, out.number)) return {};
  out.state = out.number < 0 ? syscall_line::what::outside : syscall_line::what::inside;
  if (out.state == syscall_line::what::outside) return out;
  for (std::uint64_t& argument : out.args) {
    std::string_view word = take_word(text);
    if (!word.starts_with("0x")) return {};
    word.remove_prefix(2);
    if (!read_whole(word, argument, 16)) return {};
  }
  return out;
}

std::optional<status_lines> parse_status(std::string_view text) {
  status_lines out;
  read_entry(text, "VmHWM", out.peak_rss_kib);  // absent for zombies and kernel threads
  const std::size_t list = text.find("\nCpus_allowed_list:");
  if (list != text.npos) {
    std::string_view left = text.substr(list + 19);
    out.cpus_allowed = count_list(take_word(left));
  }
  if (!read_entry(text, "voluntary_ctxt_switches", out.voluntary)) return {};
  if (!read_entry(text, "nonvoluntary_ctxt_switches", out.involuntary)) return {};
  return out;
}

unsigned count_list(std::string_view list) {
  constexpr unsigned cpus_max = 1U << 16U;
  unsigned count = 0;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view part = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const std::size_t dash = std::min(part.find('-'), part.size());
    unsigned first = 0;
    if (!read_whole(part.substr(0, dash), first)) return 0;
    unsigned last = first;
    if (dash < part.size() && !read_whole(part.substr(dash + 1), last)) return 0;
    if (last < first || last >= cpus_max) return 0;
    count += last - first + 1;
    if (count > cpus_max) return 0;
  }
  return count;
}

std::optional<io_lines> parse_io(std::string_view text) {
  io_lines out;
  const bool ok =
      read_entry(text, "rchar", out.read_chars) && read_entry(text, "wchar", out.written_chars) &&
      read_entry(text, "syscr", out.read_calls) && read_entry(text, "syscw", out.write_calls) &&
      read_entry(text, "read_bytes", out.read_bytes) &&
      read_entry(text, "write_bytes", out.written_bytes);
  if (!ok) return {};
  return out;
}

std::vector<int> parse_children(std::string_view text) {
  std::vector<int> out;
  // The kernel ends every number with a blank; without one the last number may be cut off.
  while (text.find_first_of(blanks) != std::string_view::npos) {
    const std::string_view word = take_word(text);
    if (word.empty() || text.empty()) break;
    int number = 0;
    if (read_whole(word, number) && number > 0) out.push_back(number);
  }
  return out;
}

std::optional<std::uint64_t> parse_limit(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    const std::string_view word = take_word(line);
    std::uint64_t value = 0;
    if (word == "unlimited") return std::numeric_limits<std::uint64_t>::max();
    if (read_whole(word, value)) return value;
    return {};
  }
  return {};
}

std::optional<pressure_lines> parse_pressure(std::string_view text) {
  pressure_lines out;
  bool has_some = false;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const bool is_some = line.starts_with("some ");
    if (!is_some && !line.starts_with("full ")) continue;
    const std::size_t at = line.find("total=");
    if (at == std::string_view::npos) continue;
    std::uint64_t value = 0;
    line.remove_prefix(at + 6);
    if (!read_whole(take_word(line), value)) continue;
    (is_some ? out.some_us : out.full_us) = value;
    has_some = has_some || is_some;
  }
  if (!has_some) return {};
  return out;
}

std::optional<cpu_line> parse_cpu(std::string_view text) {
  std::string_view line = take_line(text);
  if (take_word(line) != "cpu") return {};
  std::array<std::uint64_t, 8> ticks{};  // user nice system idle iowait irq softirq steal
  for (std::uint64_t& t : ticks) {
    if (!read_whole(take_word(line), t)) return {};
  }
  cpu_line out;
  out.busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6];
  out.idle = ticks[3] + ticks[4];
  out.steal = ticks[7];
  return out;
}

unsigned count_cpus(std::string_view text) {
  unsigned count = 0;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.size() > 3 && line.starts_with("cpu") && line[3] >= '0' && line[3] <= '9') ++count;
  }
  return count;
}

std::optional<std::uint64_t> parse_meminfo(std::string_view text, std::string_view name) {
  std::uint64_t kib = 0;
  if (!read_entry(text, name, kib) || kib > std::numeric_limits<std::uint64_t>::max() / 1024)
    return {};
  return kib * 1024;
}

cgroup_paths parse_cgroup(std::string_view text) {
  cgroup_paths out;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::size_t first = line.find(':');
    if (first == std::string_view::npos) continue;
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view path = line.substr(second + 1);
    if (!path.starts_with("/")) continue;
    if (line.substr(0, first) == "0" && controllers.empty()) out.unified = path;
    if (holds_word(controllers, "cpu")) out.cpu = path;
    if (holds_word(controllers, "memory")) out.memory = path;
  }
  return out;
}

cgroup_paths parse_mounts(std::string_view text) {
  cgroup_paths out;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    take_word(line);
    const std::string_view where = take_word(line);
    const std::string_view kind = take_word(line);
    const std::string_view settings = take_word(line);
    if (kind == "cgroup2" && out.unified.empty()) out.unified = where;
    if (kind != "cgroup") continue;
    if (holds_word(settings, "cpu")) out.cpu = where;
    if (holds_word(settings, "memory")) out.memory = where;
  }
  return out;
}

std::optional<double> parse_cpu_max(std::string_view text) {
  std::uint64_t quota = 0;
  std::uint64_t period = 0;
  if (!read_whole(take_word(text), quota) || !read_whole(take_word(text), period)) return {};
  if (quota == 0 || period == 0) return {};
  return static_cast<double>(quota) / static_cast<double>(period);
}

std::optional<double> parse_cfs_quota(std::string_view quota, std::string_view period) {
  std::int64_t allowed = 0;
  std::int64_t every = 0;
  if (!read_whole(take_word(quota), allowed) || !read_whole(take_word(period), every)) return {};
  if (allowed <= 0 || every <= 0) return {};  // -1: no limit
  return static_cast<double>(allowed) / static_cast<double>(every);
}

std::optional<double> parse_throttled_s(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const std::string_view name = take_word(line);
    std::uint64_t value = 0;
    if (name != "throttled_usec" && name != "throttled_time") continue;
    if (!read_whole(take_word(line), value)) return {};
    return static_cast<double>(value) * (name == "throttled_usec" ? 1e-6 : 1e-9);
  }
  return {};
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  if (!read_whole(take_word(text), value)) return {};
  return value;
}

}  // namespace tutti::cli::advise
