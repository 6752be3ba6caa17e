#include <tutti/core/task.hpp>

namespace tutti::detail {

const wait_kind foreign_wait{"foreign awaitable", [](wait&) noexcept { return false; }};

}  // namespace tutti::detail
