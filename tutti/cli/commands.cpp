// The table of commands: one declaration and one line each.
#include <array>

#include <tutti/cli/command.hpp>

namespace tutti::cli {

extern const command advise_command;
extern const command compare_command;
extern const command doctor_command;

namespace {
constexpr std::array<const command*, 3> table{
    &advise_command,
    &compare_command,
    &doctor_command,
};
}  // namespace

std::span<const command* const> all_commands() { return table; }

}  // namespace tutti::cli
