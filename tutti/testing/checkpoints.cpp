#include <tutti/testing/checkpoints.hpp>

#include <exception>
#include <string>

#include <tutti/core/task_cell.hpp>
#include <tutti/testing/detail/verdicts.hpp>

namespace tutti::detail {

namespace {
// No epoch is 0, so the next checkpoint takes the slow way and writes down what it has seen.
constexpr std::uint32_t nothing_seen = 0;
}  // namespace

checkpoint_watch::checkpoint_watch() noexcept
    : cell_(current_cell()), former_(cell_.seen_epoch), exceptions_(std::uncaught_exceptions()) {
  cell_.seen_epoch = nothing_seen;
}

void checkpoint_watch::end(bool wanted, std::source_location where) {
  const bool passed = cell_.seen_epoch != nothing_seen;
  if (!passed) cell_.seen_epoch = former_;
  if (std::uncaught_exceptions() > exceptions_ || passed == wanted) return;
  break_run(verdict::check,
            std::string(wanted ? "no checkpoint was passed" : "a checkpoint was passed") +
                " in the block at " + place_text(where));
}

}  // namespace tutti::detail
