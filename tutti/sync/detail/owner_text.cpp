#include <tutti/sync/detail/owner_text.hpp>

namespace tutti::detail {

std::string locked_again(const char* what, task_cell& cell) {
  return "\"" + cell.name_text() + "\" (task " + std::to_string(cell.actor()) + ") waits for a " +
         what +
         " that it holds itself and would wait for ever: unlock it first, or use a recursive_mutex";
}

std::string not_held(const char* what, std::uint64_t who, std::uint64_t owner) {
  std::string text = "task " + std::to_string(who) + " unlocked a " + what + " that ";
  return text + (owner == 0 ? "nobody holds" : "belongs to task " + std::to_string(owner));
}

}  // namespace tutti::detail
