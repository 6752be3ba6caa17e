#include <tutti/testing/failure.hpp>

#include <tutti/testing/detail/allocations.hpp>
#include <tutti/testing/detail/verdicts.hpp>

namespace tutti::detail {

std::string place_text(const std::source_location& where) {
  std::string_view file(where.file_name());
  if (const std::size_t slash = file.rfind('/'); slash != std::string_view::npos) {
    file.remove_prefix(slash + 1);
  }
  return std::string(file) + ":" + std::to_string(where.line());
}

void break_run(verdict what, const std::string& text) {
  const unfailing note;
  simulation* const world = simulation::here();
  if (world == nullptr) throw testing::failure(text);
  world->note_failure(what, text);
}

}  // namespace tutti::detail

namespace tutti::testing {
namespace {
void broken(const std::source_location& where, std::string_view why) {
  const detail::unfailing note;
  std::string text = "check failed at " + detail::place_text(where);
  if (!why.empty()) text += ": " + std::string(why);
  if (detail::simulation* const world = detail::simulation::here()) {
    world->fail_here(detail::verdict::check, text);
  }
  throw failure(text);
}
}  // namespace

void check(bool holds, std::source_location where) {
  if (!holds) broken(where, {});
}
void check(bool holds, std::string_view text, std::source_location where) {
  if (!holds) broken(where, text);
}

}  // namespace tutti::testing
