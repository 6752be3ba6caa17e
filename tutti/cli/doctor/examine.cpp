#include <tutti/cli/doctor/examine.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include <nlohmann/json.hpp>

#include <tutti/cli/screen.hpp>

namespace tutti::cli::doctor {

namespace {

constexpr std::uint64_t files_few = 4096;     // below this a few thousand connections do not fit
constexpr std::uint64_t files_too_few = 256;  // below this the tests and the demo do not fit

std::string figure(double value) {
  std::array<char, 32> room{};
  std::snprintf(room.data(), room.size(), "%.1f", value);
  return room.data();
}

std::string count_words(const sys::limit_fact& limit) {
  const auto words = [](const std::optional<std::uint64_t>& n) {
    return n ? std::to_string(*n) : std::string("unlimited");
  };
  return limit.now == limit.possible ? words(limit.now)
                                     : words(limit.now) + " (up to " + words(limit.possible) + ")";
}

std::string bytes_words(const std::optional<std::uint64_t>& bytes) {
  return bytes ? show_bytes(static_cast<double>(*bytes)) : "unlimited";
}

finding open_files(const sys::limit_fact& limit) {
  finding out{"open-files", count_words(limit), verdict::fine, ""};
  if (!limit.now || *limit.now >= files_few) return out;
  out.says = *limit.now < files_too_few ? verdict::bad : verdict::note;
  const std::string room = limit.possible ? std::to_string(*limit.possible) : "65536";
  out.advice = "each connection takes one; 'ulimit -n " + room + "' raises it for this shell";
  if (limit.possible && *limit.possible <= *limit.now)
    out.advice = "each connection takes one; ask the administrator for more";
  return out;
}

finding io_uring(const sys::machine_facts& machine) {
  if (machine.io_uring_refusal.empty() && !machine.io_uring_is_plain) {
    return {"io_uring", "available (single issuer, deferred work)", verdict::fine, ""};
  }
  if (machine.io_uring_is_plain) {
    return {"io_uring", "available, without deferred work", verdict::note,
            "Linux 6.1 has it; epoll is used meanwhile"};
  }
  return {"io_uring", "not available: " + machine.io_uring_refusal, verdict::note,
          "epoll is used; a container's system call filter or kernel.io_uring_disabled is the "
          "usual reason"};
}

finding cores(const symptoms& what) {
  finding out{
      "cores",
      figure(what.effective_cores) + " effective of " + std::to_string(what.cpus_seen) + " seen",
      verdict::fine, ""};
  if (what.effective_cores < 0.75 * what.cpus_seen) {
    out.says = verdict::note;
    out.advice = "others use this machine: figures measured now are not its best";
  }
  return out;
}

finding pressure_of(const pressure& p) {
  const std::string name = "pressure-" + std::string(p.resource);
  if (!p.some_avg60)
    return {name, "unknown", verdict::note,
            "the kernel gives no pressure figures (CONFIG_PSI, psi=1)"};
  finding out{name, figure(*p.some_avg60) + " % of the last minute", verdict::fine, ""};
  if (*p.some_avg60 >= 20) {
    out.says = verdict::note;
    out.advice = "somebody had to wait for it that long";
  }
  return out;
}

std::string_view word(verdict v) {
  switch (v) {
    case verdict::fine:
      return "fine";
    case verdict::note:
      return "note";
    case verdict::bad:
      return "bad";
  }
  return "";
}

}  // namespace

std::optional<double> read_pressure(std::string_view text) {
  constexpr std::string_view before = "avg60=";
  if (!text.starts_with("some ")) return std::nullopt;
  const auto line = text.substr(0, text.find('\n'));
  const auto at = line.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  const auto word = line.substr(at + before.size());
  double out = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), out);
  const bool whole = code == std::errc{} && (end == word.data() + word.size() || *end == ' ');
  if (!whole || out < 0 || out > 100) return std::nullopt;
  return out;
}

std::vector<finding> examine(const symptoms& what) {
  std::vector<finding> out;
  out.push_back({"tutti", what.version, verdict::fine, ""});
  out.push_back({"compiler", what.compiler, verdict::fine, ""});
  out.push_back(
      {"library", what.standard_library + ", " + what.machine.c_library, verdict::fine, ""});
  out.push_back({"build", what.build, verdict::fine, ""});
  if (what.build.find("sanitizer") != std::string::npos ||
      what.build.find("not optimised") != std::string::npos) {
    out.back().says = verdict::note;
    out.back().advice = "figures of this build say nothing about speed";
  }
  out.push_back({"system", what.machine.system, verdict::fine, ""});
  out.push_back(cores(what));
  out.push_back(
      {"memory", show_bytes(static_cast<double>(what.machine.memory_bytes)), verdict::fine, ""});
  out.push_back(open_files(what.machine.open_files));
  out.push_back({"processes", count_words(what.machine.processes), verdict::fine, ""});
  out.push_back({"locked-memory", bytes_words(what.machine.locked_bytes.now), verdict::fine, ""});
  out.push_back({"stack", bytes_words(what.machine.stack_bytes.now), verdict::fine, ""});
  out.push_back(io_uring(what.machine));
  out.push_back({"pidfd", what.machine.has_pidfd ? "available" : "not available",
                 what.machine.has_pidfd ? verdict::fine : verdict::bad,
                 what.machine.has_pidfd ? "" : "worker processes need it: Linux 5.3 or newer"});
  for (const pressure& p : what.pressures) out.push_back(pressure_of(p));
  return out;
}

std::string as_text(const std::vector<finding>& findings) {
  std::size_t width = 0;
  for (const finding& f : findings) width = std::max(width, f.name.size());
  std::string out;
  for (const finding& f : findings) {
    const std::string_view mark = f.says == verdict::fine   ? "  "
                                  : f.says == verdict::note ? "- "
                                                            : "! ";
    out += std::string(mark) + fit_left(f.name, width) + "   " + printable(f.value) + "\n";
    if (!f.advice.empty()) out += "  " + std::string(width, ' ') + "   " + f.advice + "\n";
  }
  const auto bad = std::count_if(findings.begin(), findings.end(),
                                 [](const finding& f) { return f.says == verdict::bad; });
  const auto notes = std::count_if(findings.begin(), findings.end(),
                                   [](const finding& f) { return f.says == verdict::note; });
  out += "\n  ";
  if (bad > 0) out += std::to_string(bad) + " to mend (!), ";
  out += notes == 0 ? (bad > 0 ? "no notes\n" : "all fine\n")
                    : std::to_string(notes) + " to know (-)\n";
  return out;
}

std::string as_json(const std::vector<finding>& findings) {
  nlohmann::ordered_json out{
      {"tool", "tutti doctor"}, {"version", 1}, {"findings", nlohmann::ordered_json::array()}};
  for (const finding& f : findings) {
    nlohmann::ordered_json one{{"name", f.name}, {"value", f.value}, {"verdict", word(f.says)}};
    if (!f.advice.empty()) one["advice"] = f.advice;
    out["findings"].push_back(std::move(one));
  }
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tutti::cli::doctor
