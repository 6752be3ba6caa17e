#include <tutti/cli/compare/costs.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include <tutti/cli/compare/piece.hpp>
#include <tutti/cli/compare/statistics.hpp>
#include <tutti/cli/options.hpp>
#include <tutti/tutti.hpp>

namespace tutti::cli::compare {

namespace {

// So many of each in one sample, that a sample takes about a millisecond or ten.
constexpr int tasks_started = 2000;
constexpr int threads_started = 40;
constexpr int processes_started = 8;
constexpr int task_turns = 2000;
constexpr int thread_turns = 200;
constexpr int messages_sent = 5000;
constexpr int room = 64;  // messages that may be under way

double per_one(std::int64_t began, int count) {
  return static_cast<double>(now_ns() - began) * 1e-9 / count;
}

void nothing() {}
task<> nothing_awaited() { co_return; }

task<double> start_tasks() {
  const std::int64_t began = now_ns();
  for (int i = 0; i < tasks_started; ++i) co_await spawn(nothing_awaited());
  co_return per_one(began, tasks_started);
}

task<> echo_awaited(queue<int>* in, queue<int>* out, int turns) {
  for (int i = 0; i < turns; ++i) {
    const int message = co_await in->async_get();
    co_await out->async_put(message);
  }
}

task<> ask_awaited(queue<int>* out, queue<int>* in, int turns) {
  for (int i = 0; i < turns; ++i) {
    co_await out->async_put(i);
    (void)co_await in->async_get();
  }
}

task<double> hand_over_tasks() {
  queue<int> there(1);
  queue<int> back(1);
  const std::int64_t began = now_ns();
  co_await gather(echo_awaited(&there, &back, task_turns), ask_awaited(&there, &back, task_turns));
  co_return per_one(began, 2 * task_turns);
}

task<> write_awaited(queue<int>* out) {
  for (int i = 0; i < messages_sent; ++i) co_await out->async_put(i);
}

task<> read_awaited(queue<int>* in) {
  for (int i = 0; i < messages_sent; ++i) (void)co_await in->async_get();
}

task<double> message_tasks() {
  queue<int> between(room);
  const std::int64_t began = now_ns();
  co_await gather(write_awaited(&between), read_awaited(&between));
  co_return per_one(began, messages_sent);
}

double start_threads() {
  const std::int64_t began = now_ns();
  for (int i = 0; i < threads_started; ++i) thread("cost", nothing).join();
  return per_one(began, threads_started);
}

// Two queues of one place: each side sleeps until the other has answered.
template <class Queue>
void echo(Queue in, Queue out, int turns) {
  for (int i = 0; i < turns; ++i) out.put(in.get());
}

template <class Queue>
double ask(Queue& out, Queue& in, int turns) {
  out.put(0);  // the other side is there
  (void)in.get();
  const std::int64_t began = now_ns();
  for (int i = 1; i < turns; ++i) {
    out.put(i);
    (void)in.get();
  }
  return per_one(began, 2 * (turns - 1));
}

// The reader answers at the end, so that the last message is counted too.
template <class Queue>
void read_all(Queue in, Queue out) {
  out.put(0);
  for (int i = 0; i < messages_sent; ++i) (void)in.get();
  out.put(1);
}

template <class Queue>
double write_all(Queue& out, Queue& in) {
  (void)in.get();
  const std::int64_t began = now_ns();
  for (int i = 0; i < messages_sent; ++i) out.put(i);
  (void)in.get();
  return per_one(began, messages_sent);
}

// The same two programs with threads get references to the queues of this frame.
struct thread_queue {
  queue<int>* of;
  void put(int value) { of->put(value); }
  int get() { return of->get(); }
};

double hand_over_threads() {
  queue<int> there(1);
  queue<int> back(1);
  thread_queue out{&there};
  thread_queue in{&back};
  thread other("cost", echo<thread_queue>, out, in, thread_turns);
  const double each = ask(out, in, thread_turns);
  other.join();
  return each;
}

double message_threads() {
  queue<int> there(room);
  queue<int> back(1);
  thread_queue out{&there};
  thread_queue in{&back};
  thread other("cost", read_all<thread_queue>, out, in);
  const double each = write_all(out, in);
  other.join();
  return each;
}

using between_processes = process_queue<int>;

double start_processes() {
  const std::int64_t began = now_ns();
  for (int i = 0; i < processes_started; ++i) process("cost", nothing).join();
  return per_one(began, processes_started);
}

double hand_over_processes() {
  between_processes out(256);
  between_processes in(256);
  process other("cost", echo<between_processes>, out, in, thread_turns);
  const double each = ask(out, in, thread_turns);
  other.join();
  return each;
}

double message_processes() {
  between_processes out(room * (sizeof(int) + 16));
  between_processes in(256);
  process other("cost", read_all<between_processes>, out, in);
  const double each = write_all(out, in);
  other.join();
  return each;
}

struct probes {
  double (*start)();
  double (*hand_over)();
  double (*message)();
};

// in the order of measure_costs
const std::array<probes, 3> all_probes{{
    {[] { return run(start_tasks()); }, [] { return run(hand_over_tasks()); },
     [] { return run(message_tasks()); }},
    {start_threads, hand_over_threads, message_threads},
    {start_processes, hand_over_processes, message_processes},
}};

// "38.2 us (35.0-51.2)": one unit for all three, chosen by the median.
std::string cell(const std::vector<double>& samples) {
  const summary s = summarise(samples);
  const double scale = s.median < 1e-6 ? 1e9 : s.median < 1e-3 ? 1e6 : 1e3;
  const char* unit = scale == 1e9 ? "ns" : scale == 1e6 ? "us" : "ms";
  const int digits = s.median * scale < 10 ? 1 : 0;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f %s (%.*f-%.*f)", digits, s.median * scale, unit,
                digits, s.least * scale, digits, s.greatest * scale);
  return text.data();
}

std::string times(double factor) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f times", factor < 10 ? 1 : 0, factor);
  return text.data();
}

// Each model held against the one before it; a difference within the ranges is not claimed.
std::vector<std::string> readings(std::span<const model_costs> all) {
  std::vector<std::string> out;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const summary cheap = summarise(all[i - 1].start);
    const summary dear = summarise(all[i].start);
    if (cheap.median <= 0) continue;
    out.push_back(
        overlap(cheap, dear)
            ? "to start one of " + all[i].model + " costs as much as one of " + all[i - 1].model
            : "to start one of " + all[i].model + " costs " + times(dear.median / cheap.median) +
                  " as much as one of " + all[i - 1].model);
  }
  out.emplace_back("no row knows an interpreter lock: threads compute on all cores at once");
  return out;
}

std::string labelled(std::string_view label, const std::string& sentence, const screen& where) {
  std::string out;
  const auto width = static_cast<std::size_t>(std::max(40, where.columns)) - 14;
  for (const std::string& line : wrap(sentence, width)) {
    out += "  " + where.paint(style::accent, fit_left(label, 11)) + " " + line + "\n";
    label = "";
  }
  return out;
}

nlohmann::ordered_json summary_json(const std::vector<double>& samples) {
  const summary s = summarise(samples);
  return {{"median", s.median}, {"least", s.least}, {"greatest", s.greatest}, {"samples", samples}};
}

}  // namespace

std::vector<model_costs> measure_costs(unsigned rounds) {
  std::vector<model_costs> out{{"tasks", "many waits at once", {}, {}, {}},
                               {"threads", "computing, and calls that block", {}, {}, {}},
                               {"processes", "isolation, limits, code that may crash", {}, {}, {}}};
  for (unsigned round = 0; round <= rounds; ++round) {  // round 0 warms up
    for (const std::size_t i : rotation(round, out.size())) {
      const double start = all_probes[i].start();
      const double hand_over = all_probes[i].hand_over();
      const double message = all_probes[i].message();
      if (round == 0) continue;
      out[i].start.push_back(start);
      out[i].hand_over.push_back(hand_over);
      out[i].message.push_back(message);
    }
  }
  return out;
}

std::string costs_table(std::span<const model_costs> all, const screen& where) {
  constexpr std::array<const char*, 3> heads{"start and end", "hand over", "message"};
  std::vector<std::array<std::string, 3>> cells;
  std::array<std::size_t, 3> widths{};
  for (const model_costs& m : all)
    cells.push_back({cell(m.start), cell(m.hand_over), cell(m.message)});
  std::string out =
      "  " + where.paint(style::strong, "what one costs, without any work in it") + "\n\n";
  std::string head = "  " + fit_left("", 11);
  for (std::size_t c = 0; c < heads.size(); ++c) {
    widths[c] = std::string_view(heads[c]).size();
    for (const auto& row : cells) widths[c] = std::max(widths[c], row[c].size());
    head += " " + fit_left(heads[c], widths[c] + 1);
  }
  head.erase(head.find_last_not_of(' ') + 1);
  out += where.paint(style::faint, head) + "\n";
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::string line = "  " + fit_left(all[i].model, 11);
    for (std::size_t c = 0; c < heads.size(); ++c)
      line += " " + fit_left(cells[i][c], widths[c] + 1);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  out += "\n";
  for (const model_costs& m : all) out += labelled(m.model, "best for " + m.best_for, where);
  out += "\n";
  std::string_view label = "reading";
  for (const std::string& sentence : readings(all)) {
    out += labelled(label, sentence, where);
    label = "";
  }
  const std::size_t rounds = all.empty() ? 0 : all.front().start.size();
  return out +
         labelled("measured",
                  "medians and ranges of " + std::to_string(rounds) +
                      " rounds, models in turn; hand over: half of there and back; message: a "
                      "number through a queue with room",
                  where);
}

std::string costs_json(std::span<const model_costs> all) {
  nlohmann::ordered_json out{
      {"tool", "tutti compare costs"}, {"version", 1}, {"models", nlohmann::ordered_json::array()}};
  for (const model_costs& m : all) {
    out["models"].push_back({{"model", m.model},
                             {"best_for", m.best_for},
                             {"start_seconds", summary_json(m.start)},
                             {"hand_over_seconds", summary_json(m.hand_over)},
                             {"message_seconds", summary_json(m.message)}});
  }
  return out.dump(2) + "\n";
}

int run_costs(const arguments& words) {
  bool json = false;
  long long rounds = 7;
  options o("compare costs", "what a task, a thread and a process cost on this machine");
  o.number("--rounds", rounds, "N", "timed rounds of each model (7)", 3, 1000);
  o.flag("--json", json, "print JSON instead of the table");
  if (const auto code = o.parse(words)) return *code;
  try {
    const auto all = measure_costs(static_cast<unsigned>(rounds));
    const std::string text = json ? costs_json(all) : costs_table(all, screen::of(stdout));
    std::fputs(text.c_str(), stdout);
    return exit_ok;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "tutti compare costs: %s\n", problem.what());
    return exit_cannot;
  }
}

}  // namespace tutti::cli::compare
