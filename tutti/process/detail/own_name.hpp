/// \file
/// What a worker is called: in `this_task::name()`, in error texts, in ps.
#pragma once

#include <string_view>

namespace tutti::detail {

void set_own_name(std::string_view name);

}  // namespace tutti::detail
