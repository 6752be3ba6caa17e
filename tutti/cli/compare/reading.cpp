#include <tutti/cli/compare/reading.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>

#include <tutti/cli/screen.hpp>

namespace tutti::cli::compare {

namespace {

std::string figure(double value, int digits = 1) {
  std::array<char, 32> room{};
  std::snprintf(room.data(), room.size(), "%.*f", digits, value);
  return room.data();
}

std::string times(double factor) {
  return figure(factor, factor < 1.1 ? 2 : factor < 10 ? 1 : 0) + " times";
}

bool usable(const row& r) { return r.refused.empty() && !r.samples.empty(); }

const row* find(const comparison& what, const std::string& model) {
  const auto at = std::find_if(what.rows.begin(), what.rows.end(),
                               [&](const row& r) { return r.model == model && usable(r); });
  return at == what.rows.end() ? nullptr : &*at;
}

const row* fastest(const comparison& what) {
  const row* best = nullptr;
  for (const row& r : what.rows) {
    if (usable(r) && (best == nullptr || r.seconds.median < best->seconds.median)) best = &r;
  }
  return best;
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
    out += words[i];
  }
  return out;
}

std::string number_word(std::size_t n) {
  constexpr std::array<const char*, 7> words{"none",     "one",      "both",   "all three",
                                             "all four", "all five", "all six"};
  return n < words.size() ? words[n] : "all " + std::to_string(n);
}

bool tie_all(const std::vector<const row*>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t k = i + 1; k < rows.size(); ++k) {
      if (!overlap(rows[i]->seconds, rows[k]->seconds)) return false;
    }
  }
  return true;
}

// Rows that had the same number in flight, for every number that at least two models had.
std::map<std::size_t, std::vector<const row*>> by_width(const comparison& what) {
  std::map<std::size_t, std::vector<const row*>> out;
  for (const row& r : what.rows) {
    if (usable(r) && r.in_flight > 1) out[r.workers].push_back(&r);
  }
  std::erase_if(out, [](const auto& entry) { return entry.second.size() < 2; });
  return out;
}

// Where even the models that compute differently tie, only the waiting counts.
bool tie_everywhere(const comparison& what) {
  const auto widths = by_width(what);
  return std::all_of(widths.begin(), widths.end(),
                     [](const auto& entry) { return tie_all(entry.second); });
}

bool faster(const row* a, const row* b) { return a->seconds.median < b->seconds.median; }

// The greatest difference between models that had the same number in flight.
struct spread {
  const row* best = nullptr;
  const row* worst = nullptr;
  double factor = 1;
};

spread between_models(const comparison& what) {
  spread out;
  for (const auto& [width, rows] : by_width(what)) {
    const row* best = *std::min_element(rows.begin(), rows.end(), faster);
    const row* worst = *std::max_element(rows.begin(), rows.end(), faster);
    const double factor = worst->seconds.median / best->seconds.median;
    if (overlap(best->seconds, worst->seconds) || factor <= out.factor) continue;
    out = {best, worst, factor};
  }
  return out;
}

// The greatest gain of one model from having more in flight.
spread between_widths(const comparison& what) {
  spread out;
  for (const row& narrow : what.rows) {
    if (!usable(narrow) || narrow.in_flight < 2) continue;
    for (const row& wide : what.rows) {
      if (!usable(wide) || wide.model != narrow.model || wide.workers <= narrow.workers) continue;
      const double factor = narrow.seconds.median / wide.seconds.median;
      if (factor > out.factor) out = {&wide, &narrow, factor};
    }
  }
  return out;
}

// "What counts is how many wait at once": carried when equal widths tie, or when more at once
// brings far more than another model does.
std::optional<std::string> width_counts(const comparison& what) {
  const auto widths = by_width(what);
  std::vector<std::string> same;
  for (const auto& [width, rows] : widths) {
    if (tie_all(rows))
      same.push_back(std::to_string(width) + " is " + std::to_string(width) + " in " +
                     number_word(rows.size()));
  }
  if (!same.empty()) return "what counts is how many wait at once, not which model: " + join(same);
  const spread models = between_models(what);
  const spread width = between_widths(what);
  if (widths.empty() || width.factor < 2 || width.factor - 1 < 4 * (models.factor - 1))
    return std::nullopt;
  return "what counts is how many wait at once, more than which model: " + width.best->model +
         " were " + times(width.factor) + " as fast with " + std::to_string(width.best->workers) +
         " at once as with " + std::to_string(width.worst->workers) +
         "; at the same number the models differ by " + times(models.factor) + " at most";
}

// Where models of one width differ by what a user would notice, who is ahead and by how much.
std::optional<std::string> width_differs(const comparison& what) {
  constexpr double notable = 1.25;
  const spread models = between_models(what);
  if (models.factor < notable) return std::nullopt;
  return "with " + std::to_string(models.best->workers) + " at once " + models.best->model +
         " took " + show_seconds(models.best->seconds.median) + ", " + models.worst->model + " " +
         show_seconds(models.worst->seconds.median) + " (" + times(models.factor) + ")";
}

// The width at which the models' memory differs most.
std::optional<std::string> memory_differs(const comparison& what) {
  constexpr double notable = 1.3;
  const auto leaner = [](const row* a, const row* b) { return a->peak_bytes < b->peak_bytes; };
  const row* most = nullptr;
  const row* least = nullptr;
  double factor = notable;
  for (const auto& [width, rows] : by_width(what)) {
    const row* high = *std::max_element(rows.begin(), rows.end(), leaner);
    const row* low = *std::min_element(rows.begin(), rows.end(), leaner);
    if (low->peak_bytes == 0) continue;
    const double here =
        static_cast<double>(high->peak_bytes) / static_cast<double>(low->peak_bytes);
    if (here < factor) continue;
    factor = here;
    most = high;
    least = low;
  }
  if (most == nullptr) return std::nullopt;
  return "memory differs: with " + std::to_string(most->workers) + " at once " + least->model +
         " needed " + show_bytes(static_cast<double>(least->peak_bytes)) + ", " + most->model +
         " " + show_bytes(static_cast<double>(most->peak_bytes));
}

// For work that computes: how far the cores carried, or that there is only one.
std::optional<std::string> cores_count(const comparison& what) {
  const row* alone = find(what, "sequential");
  const row* best = fastest(what);
  if (alone == nullptr || best == nullptr || what.effective_cores <= 0) return std::nullopt;
  const std::string given = figure(what.effective_cores) + " CPU";
  if (what.effective_cores < 1.2) return "no model can help: this machine is giving you " + given;
  if (best == alone || overlap(best->seconds, alone->seconds)) {
    return "no model beat plain sequential code, although this machine gives " + given +
           "s: the pieces are too small or something else is the limit";
  }
  return "cores are what counts: " + best->model + (best->workers > 1 ? " were " : " was ") +
         times(alone->seconds.median / best->seconds.median) +
         " as fast as sequential, and this machine gives " + given + "s";
}

std::optional<std::string> one_loop_computes_alone(const comparison& what) {
  const row* alone = find(what, "sequential");
  const row* loop = find(what, "coroutines");
  if (alone == nullptr || loop == nullptr || loop->seconds.median < 0.8 * alone->seconds.median)
    return std::nullopt;
  return "one event loop computes no faster than plain code: coroutines overlap waiting, not "
         "computing";
}

std::optional<std::string> processes_isolate(const comparison& what) {
  const row* threads = find(what, "threads");
  const row* processes = find(what, "processes");
  if (threads == nullptr || processes == nullptr) return std::nullopt;
  if (!overlap(threads->seconds, processes->seconds)) {
    const bool ahead = threads->seconds.median < processes->seconds.median;
    const row* a = ahead ? threads : processes;
    const row* b = ahead ? processes : threads;
    return a->model + " were " + times(b->seconds.median / a->seconds.median) + " as fast as " +
           b->model + (ahead ? "; processes buy isolation, not speed" : "");
  }
  return "threads and processes tie: C++ has no interpreter lock, so processes buy isolation, not "
         "speed";
}

std::optional<std::string> hybrid_compares(const comparison& what) {
  const row* best_hybrid = nullptr;
  const row* best_plain = nullptr;
  for (const row& r : what.rows) {
    if (!usable(r)) continue;
    const row*& best = r.model.starts_with("hybrid") ? best_hybrid : best_plain;
    if (best == nullptr || r.seconds.median < best->seconds.median) best = &r;
  }
  if (best_hybrid == nullptr || best_plain == nullptr) return std::nullopt;
  // Of two hybrids that tie the simpler one is named.
  if (const row* simple = find(what, "hybrid");
      simple != nullptr && overlap(simple->seconds, best_hybrid->seconds))
    best_hybrid = simple;
  const double ratio = best_plain->seconds.median / best_hybrid->seconds.median;
  if (overlap(best_hybrid->seconds, best_plain->seconds)) {
    return best_hybrid->model + " ties with " + best_plain->model + " " +
           std::to_string(best_plain->workers) + ": waiting and computing overlap in both";
  }
  if (ratio > 1) {
    return best_hybrid->model + " is " + times(ratio) + " as fast as the best single model (" +
           best_plain->model + " " + std::to_string(best_plain->workers) +
           "): the loop waits, the pool computes";
  }
  return best_plain->model + " " + std::to_string(best_plain->workers) + " is " + times(1 / ratio) +
         " as fast as " + best_hybrid->model + ": here the second pool costs more than it brings";
}

// Work that computes on the loop stops everything else there; the hybrid is its cure.
std::optional<std::string> loop_computes(const comparison& what) {
  const row* loop = find(what, "coroutines");
  const row* hybrid = find(what, "hybrid");
  if (loop == nullptr || hybrid == nullptr || loop->workers != hybrid->workers) return std::nullopt;
  if (overlap(loop->seconds, hybrid->seconds) || !faster(hybrid, loop)) return std::nullopt;
  return "computing on the event loop holds up its waits: coroutines took " +
         show_seconds(loop->seconds.median) + ", the hybrid " +
         show_seconds(hybrid->seconds.median) + " (" +
         times(loop->seconds.median / hybrid->seconds.median) + ")";
}

std::optional<std::string> noisy(const comparison& what) {
  double widest = 0;
  const row* who = nullptr;
  for (const row& r : what.rows) {
    if (!usable(r) || r.seconds.median < 0.05)
      continue;  // a few milliseconds vary on every machine
    const double spread = (r.seconds.greatest - r.seconds.least) / r.seconds.median;
    if (spread > widest) {
      widest = spread;
      who = &r;
    }
  }
  if (who == nullptr || widest < 0.5) return std::nullopt;
  return "the machine was not quiet: " + who->model + " " + std::to_string(who->workers) +
         " varied by " + figure(widest * 100, 0) +
         " % of its median; more rounds (--rounds) narrow what can be said";
}

}  // namespace

std::vector<std::string> read_comparison(const comparison& what) {
  constexpr std::size_t sentences_max = 4;
  std::vector<std::string> out;
  const auto say = [&out](std::optional<std::string> sentence) {
    if (sentence && out.size() < sentences_max) out.push_back(std::move(*sentence));
  };
  if (!what.disagreement.empty())
    return {"the models gave different results, so their speed means nothing"};
  if (fastest(what) == nullptr) return {"no model could do the work"};
  if (what.workload == "fetch") {
    say(width_counts(what));
    say(width_differs(what));
    say(memory_differs(what));
  } else if (what.workload == "crunch") {
    say(cores_count(what));
    say(one_loop_computes_alone(what));
    say(processes_isolate(what));
  } else {
    say(hybrid_compares(what));
    say(loop_computes(what));
    if (tie_everywhere(what)) say(width_counts(what));
    if (what.effective_cores > 0 && what.effective_cores < 1.2) {
      say("for the computing half no model can help: this machine is giving you " +
          figure(what.effective_cores) + " CPU");
    }
  }
  say(noisy(what));
  if (out.empty()) {
    const row* best = fastest(what);
    out.push_back(best->model + " " + std::to_string(best->workers) + " was fastest with " +
                  show_seconds(best->seconds.median));
  }
  return out;
}

std::vector<std::string> next_steps(const comparison& what) {
  std::vector<std::string> out;
  if (what.workload == "fetch") {
    out.emplace_back(
        "tutti compare fetch --latency 100ms --items 200     the same with slower answers");
  } else if (what.workload == "crunch") {
    out.emplace_back(
        "tutti compare crunch DIR                            the same on your own files");
  } else {
    out.emplace_back(
        "tutti compare mixed --workers 4,16,64               how many at once pays off");
  }
  return out;
}

}  // namespace tutti::cli::compare
