#include <tutti/cli/compare/method.hpp>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <span>
#include <utility>

namespace tutti::cli::compare {

namespace {

constexpr std::size_t problems_max = 5;  // sentences kept; every further failure is only counted

// What one run of one model cost, and what it gave.
struct one_run {
  std::vector<item_result> items;
  double seconds = 0;
  double cpu = 0;
  std::uint64_t peak = 0;
};

// CPU and memory of the worker processes: each item carries its worker's running totals, so the
// greatest one counts.
void add_workers(one_run& run, std::int64_t self) {
  std::map<std::int64_t, std::pair<std::int64_t, std::uint64_t>> totals;
  for (const item_result& item : run.items) {
    if (item.worker == 0 || item.worker == self) continue;
    auto& [cpu, peak] = totals[item.worker];
    cpu = std::max(cpu, item.worker_cpu_ns);
    peak = std::max(peak, item.worker_peak);
  }
  for (const auto& [worker, total] : totals) {
    run.cpu += static_cast<double>(total.first) * 1e-9;
    run.peak += total.second;
  }
}

one_run run_once(const model& m, const machine& here) {
  one_run out;
  here.forget_peak();
  const double cpu = here.cpu_seconds();
  const double start = here.seconds();
  out.items = m.run();
  out.seconds = here.seconds() - start;
  out.cpu = here.cpu_seconds() - cpu;
  out.peak = here.peak_bytes();
  add_workers(out, here.self);
  return out;
}

std::size_t most_in_flight(const std::vector<item_result>& items) {
  std::vector<interval> stays;
  stays.reserve(items.size());
  for (const item_result& item : items) stays.push_back({item.began_ns, item.ended_ns});
  return greatest_overlap(stays);
}

// The state of one comparison while it is measured.
class session {
 public:
  session(const std::vector<model>& models, const std::vector<std::string>& names,
          const method_options& options, const machine& here)
      : models_(models),
        names_(names),
        options_(options),
        here_(here),
        cpu_(models.size()),
        reference_(models.size()) {
    for (const model& m : models) {
      row r;
      r.model = m.name;
      r.note = m.note;
      r.workers = m.workers;
      result_.rows.push_back(std::move(r));
    }
    result_.items = names.size();
    result_.rounds = options.rounds;
  }

  comparison take() {
    check();
    if (!result_.disagreement.empty() || nothing_works_) return std::move(result_);
    for (std::size_t i = 0; i < models_.size() && able(); ++i) turn(progress::stage::warming, i, i);
    std::size_t done = 0;
    for (unsigned round = 0; round < options_.rounds && able(); ++round) {
      for (const std::size_t i : rotation(round, models_.size())) {
        turn(progress::stage::timing, i, done++);
        if (!result_.disagreement.empty()) return withdrawn();
      }
    }
    finish();
    return std::move(result_);
  }

 private:
  // Every model once, untimed: who cannot run is set aside, who gives other results ends the
  // comparison.
  void check() {
    for (std::size_t i = 0; i < models_.size(); ++i) {
      turn(progress::stage::checking, i, i);
      if (!result_.disagreement.empty()) return;
    }
    const auto first = std::find_if(reference_.begin(), reference_.end(),
                                    [](const auto& kept) { return kept.has_value(); });
    if (first == reference_.end()) return;
    for (const item_result& item : **first) result_.bytes += item.problem.empty() ? item.bytes : 0;
    nothing_works_ = std::all_of(reference_.begin(), reference_.end(), [](const auto& kept) {
      return !kept || std::all_of(kept->begin(), kept->end(),
                                  [](const item_result& item) { return !item.problem.empty(); });
    });
  }

  [[nodiscard]] bool able() const {
    return std::any_of(result_.rows.begin(), result_.rows.end(),
                       [](const row& r) { return r.refused.empty(); });
  }

  void turn(progress::stage at, std::size_t which, std::size_t done) {
    row& r = result_.rows[which];
    if (!r.refused.empty()) return;
    if (here_.interrupted()) throw comparison_interrupted{};
    if (options_.on_progress) {
      const std::size_t total =
          at == progress::stage::timing ? models_.size() * options_.rounds : models_.size();
      options_.on_progress({at, done, total, r.model});
    }
    std::optional<one_run> run;
    try {
      run = run_once(models_[which], here_);
    } catch (const std::exception& failure) {
      r.refused = failure.what();
    }
    if (here_.interrupted()) throw comparison_interrupted{};  // a run cut short is not a result
    if (!run) return;
    note_problems(r, run->items, at == progress::stage::timing);
    compare_with_reference(which, run->items);
    if (at == progress::stage::timing) keep(which, *run);
    if (!reference_[which]) reference_[which] = std::move(run->items);
  }

  void keep(std::size_t which, const one_run& run) {
    row& r = result_.rows[which];
    r.samples.push_back(run.seconds);
    cpu_[which].push_back(run.cpu);
    r.peak_bytes = std::max(r.peak_bytes, run.peak);
    r.in_flight = std::max(r.in_flight, most_in_flight(run.items));
  }

  void note_problems(row& r, const std::vector<item_result>& items, bool counted) {
    for (const item_result& item : items) {
      if (item.problem.empty()) continue;
      r.failures += counted ? 1 : 0;
      auto& known = result_.problems;
      if (known.size() >= problems_max ||
          std::find(known.begin(), known.end(), item.problem) != known.end())
        continue;
      known.push_back(item.problem);
    }
  }

  // Each run of each model is held against the first model that could run, in timed rounds too.
  void compare_with_reference(std::size_t which, const std::vector<item_result>& items) {
    for (std::size_t i = 0; i < models_.size(); ++i) {
      if (!reference_[i]) continue;
      result_.disagreement =
          first_difference(models_[i].name, *reference_[i], models_[which].name, items, names_);
      return;
    }
  }

  comparison withdrawn() {
    for (row& r : result_.rows) {
      r.samples.clear();
      r.failures = 0;
    }
    return std::move(result_);
  }

  void finish() {
    std::vector<summary> timed;
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < models_.size(); ++i) {
      row& r = result_.rows[i];
      if (!r.refused.empty()) r.samples.clear();
      r.seconds = summarise(r.samples);
      r.cpu = summarise(cpu_[i]);
      if (!r.refused.empty() || r.samples.empty() || all_failed(r)) continue;
      timed.push_back(r.seconds);
      owners.push_back(i);
    }
    const std::vector<place> standing = places(timed);
    for (std::size_t i = 0; i < owners.size(); ++i) result_.rows[owners[i]].standing = standing[i];
  }

  [[nodiscard]] bool all_failed(const row& r) const {
    return r.failures >= result_.items * result_.rounds;
  }

  const std::vector<model>& models_;
  const std::vector<std::string>& names_;
  const method_options& options_;
  const machine& here_;
  comparison result_;
  std::vector<std::vector<double>> cpu_;
  std::vector<std::optional<std::vector<item_result>>> reference_;
  bool nothing_works_ = false;  // every piece failed in every model: there is nothing to time
};

std::string describe(const item_result& item) {
  std::string out =
      std::to_string(item.bytes) + " bytes, checksum " + std::to_string(item.checksum);
  if (item.packed_bytes != 0) {
    out += ", packed " + std::to_string(item.packed_bytes) + " bytes, checksum " +
           std::to_string(item.packed_checksum);
  }
  return out;
}

}  // namespace

std::string first_difference(const std::string& reference_name,
                             const std::vector<item_result>& reference,
                             const std::string& other_name, const std::vector<item_result>& other,
                             const std::vector<std::string>& names) {
  if (reference.size() != other.size()) {
    return other_name + " gave " + std::to_string(other.size()) + " results where " +
           reference_name + " gave " + std::to_string(reference.size());
  }
  for (std::size_t i = 0; i < reference.size(); ++i) {
    if (!reference[i].problem.empty() || !other[i].problem.empty() ||
        same_work(reference[i], other[i]))
      continue;
    return names[i] + ": " + reference_name + " gave " + describe(reference[i]) + "; " +
           other_name + " gave " + describe(other[i]);
  }
  return {};
}

comparison measure(const std::vector<model>& models, const std::vector<std::string>& names,
                   const method_options& options, const machine& here) {
  return session(models, names, options, here).take();
}

}  // namespace tutti::cli::compare
