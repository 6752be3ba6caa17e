#include <tutti/testing/detail/shrinker.hpp>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <tutti/base/clock.hpp>

namespace tutti::detail {
namespace {

constexpr std::chrono::seconds time_max{10};
constexpr std::uint64_t first_runs_max = 2'000;
constexpr std::uint64_t first_steps_max = 5'000'000;
constexpr std::uint64_t new_runs_max = 3'000;
constexpr std::uint64_t new_steps_max = 15'000'000;
constexpr std::size_t pairs_of_max = 40;     // departures; longer lists have too many pairs
constexpr std::uint32_t steps_back_max = 8;  // tried for each departure
constexpr std::uint32_t strands_tried_max = 8;
constexpr unsigned starts_max = 24;       // failures found anew that are made smaller
constexpr unsigned walks_max = 1'500;     // to find them
constexpr std::size_t simple_enough = 1;  // departures

/// The fair rule, left at random steps only.
class seldom_chooser final : public chooser {
 public:
  seldom_chooser(random dice, double odds) noexcept : dice_(dice), odds_(odds) {}
  strand* choose(const decision& d) noexcept override {
    if (dice_.unit() >= odds_) return d.usual;
    return d.ready[dice_.below(d.ready.size())];
  }
  std::uint32_t choose_value(const strand&, std::uint32_t count) noexcept override {
    return dice_.unit() < odds_ ? static_cast<std::uint32_t>(dice_.below(count)) : 0;
  }

 private:
  random dice_;
  double odds_;
};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// "3 hold 2 permits" and "4 hold 2 permits" are one bug; "a.cpp:3" and "a.cpp:4" are two.
std::string without_numbers(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) {
      out += text[i];
      continue;
    }
    const bool is_line = i > 0 && text[i - 1] == ':';
    while (i + 1 < text.size() && is_digit(text[i + 1])) {
      if (is_line) out += text[i];
      ++i;
    }
    out += is_line ? text[i] : '0';
  }
  return out;
}

/// The words that stand behind " waits in ", each once.
std::string waits_in(std::string_view text) {
  std::vector<std::string_view> all;
  constexpr std::string_view key = " waits in ";
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at)) {
    at += key.size();
    const std::string_view word = text.substr(at, text.find_first_of(", \n", at) - at);
    if (std::find(all.begin(), all.end(), word) == all.end()) all.push_back(word);
  }
  std::sort(all.begin(), all.end());
  std::string out;
  for (const std::string_view word : all) out.append(word) += ' ';
  return out;
}

/// What stands between quotation marks.
std::string names_in(std::string_view text) {
  std::string out;
  bool inside = false;
  for (const char c : text) {
    if (c == '"') inside = !inside;
    if (inside) out += c;
  }
  return out;
}

}  // namespace

std::string kind_of(const run_result& r) {
  const std::string_view all = r.text;
  switch (r.what) {
    case verdict::good:
      return {};
    case verdict::deadlock:
      return waits_in(all);
    case verdict::leak:
      return names_in(all);
    case verdict::livelock:
    case verdict::late:
      return std::string(all.substr(0, all.find(';')));
    case verdict::check:
    case verdict::exception:
      break;
  }
  return without_numbers(all.substr(0, all.find('\n')));
}

shrinker::shrinker(runs_it run, run_result found, std::uint64_t seed)
    : run_(run),
      found_(std::move(found)),
      what_(found_.what),
      kind_(kind_of(found_)),
      dice_(seed),
      late_(clock::now() + time_max) {}

bool shrinker::is_smaller(const run_result& a, const run_result& b) noexcept {
  if (a.choices.size() != b.choices.size()) return a.choices.size() < b.choices.size();
  return a.steps < b.steps;
}

run_result shrinker::run(chooser& who) {
  run_result r = run_(who);
  ++spent_.runs;
  spent_.steps += r.steps;
  return r;
}

bool shrinker::attempt(run_result& best, const schedule& candidate) {
  replay_chooser who(candidate);
  run_result r = run(who);
  if (!is_same(r) || !is_smaller(r, best)) return false;
  best = std::move(r);
  return true;
}

bool shrinker::is_spent() const {
  return spent_.runs >= limit_.runs || spent_.steps >= limit_.steps || clock::now() >= late_;
}

void shrinker::grant(budget b) { limit_ = {spent_.runs + b.runs, spent_.steps + b.steps}; }

/// Takes out each `length` departures in a row, from the end on: what happened after the bug is
/// the first thing that nobody needs.
bool shrinker::drop_groups(run_result& best, std::size_t length) {
  bool smaller = false;
  for (std::size_t end = best.choices.size(); end > 0 && !is_spent();) {
    end = std::min(end, best.choices.size());
    const std::size_t begin = end > length ? end - length : 0;
    schedule without = best.choices;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(begin),
                  without.begin() + static_cast<std::ptrdiff_t>(end));
    if (attempt(best, without)) smaller = true;
    end = begin;
  }
  return smaller;
}

/// One departure may only undo another one: then neither can go alone.
bool shrinker::drop_pairs(run_result& best) {
  if (best.choices.size() > pairs_of_max) return false;
  for (std::size_t i = best.choices.size(); i-- > 1;) {
    for (std::size_t j = i; j-- > 0;) {
      if (is_spent()) return false;
      schedule without = best.choices;
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(j));
      if (attempt(best, without)) return true;
    }
  }
  return false;
}

/// A loop whose third round goes wrong mostly goes wrong in its first one, too; and another strand
/// may tell the same story in fewer steps.
bool shrinker::come_earlier(run_result& best) {
  if (best.choices.size() > pairs_of_max) return false;
  for (std::size_t i = 0; i < best.choices.size(); ++i) {
    const departure d = best.choices[i];
    std::uint32_t first = 0;
    for (std::size_t j = 0; j < i; ++j) {
      if (best.choices[j].from == d.from) first = best.choices[j].step + 1;
    }
    for (std::uint32_t to = first; to < d.step && to < first + steps_back_max; ++to) {
      if (is_spent()) return false;
      schedule sooner = best.choices;
      for (std::size_t j = i; j < sooner.size(); ++j) {
        if (sooner[j].from == d.from) sooner[j].step -= d.step - to;
      }
      if (attempt(best, sooner)) return true;
    }
    for (std::uint32_t other = 0; other < std::min(best.strands, strands_tried_max); ++other) {
      if (d.what != departure::kind::switches || is_spent()) break;
      schedule elsewhere = best.choices;
      elsewhere[i].to = other;
      if (other != d.to && attempt(best, elsewhere)) return true;
    }
  }
  return false;
}

void shrinker::reduce(run_result& best) {
  do {
    for (std::size_t length = std::max<std::size_t>(1, best.choices.size() / 2);; length /= 2) {
      while (drop_groups(best, length) && length == 1) {
      }
      if (length <= 1 || is_spent()) break;
    }
  } while (!is_spent() && (drop_pairs(best) || come_earlier(best)));
}

void shrinker::start_elsewhere(run_result& best) {
  unsigned starts = 0;
  const double steps = std::max(4.0, static_cast<double>(found_.steps));
  for (unsigned i = 0; i < walks_max && starts < starts_max && !is_spent(); ++i) {
    if (best.choices.size() <= simple_enough) return;
    const double seldom = std::log2(steps) - 1;  // from every second step to once in a run
    seldom_chooser who(dice_.split(), std::exp2(-1 - seldom * dice_.unit()));
    run_result r = run(who);
    if (!is_same(r)) continue;
    ++starts;
    reduce(r);
    if (is_smaller(r, best)) best = std::move(r);
  }
}

run_result shrinker::smallest() {
  run_result best = std::move(found_);
  found_.steps = best.steps;
  grant({first_runs_max, first_steps_max});
  if (attempt(best, {})) return best;
  reduce(best);
  grant({new_runs_max, new_steps_max});
  start_elsewhere(best);
  return best;
}

}  // namespace tutti::detail
