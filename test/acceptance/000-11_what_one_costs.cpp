// rows: 000-11
// links: tutti_cli_parts
// `tutti compare costs` prints a row each for tasks, threads and processes; to start a process
// costs more than a thread, and a thread more than a task.
#include <cstdio>

#include <tutti/cli/compare/costs.hpp>
#include <tutti/cli/compare/statistics.hpp>

int main() {
  namespace compare = tutti::cli::compare;
  const auto all = compare::measure_costs(5);
  const std::string table = compare::costs_table(all, {});
  std::fputs(table.c_str(), stdout);
  bool rows_are_there = all.size() == 3;
  for (const auto& m : all) {
    rows_are_there = rows_are_there && table.find("\n  " + m.model) != std::string::npos &&
                     m.hand_over.size() == 5 && m.message.size() == 5;
  }
  const double task = compare::summarise(all[0].start).least;
  const double thread = compare::summarise(all[1].start).least;
  const double process = compare::summarise(all[2].start).least;
  if (rows_are_there && task > 0 && task < thread && thread < process) return 0;
  std::fprintf(stderr, "rows %d, task %g s, thread %g s, process %g s\n", rows_are_there, task,
               thread, process);
  return 1;
}
