/// \file
/// Which program this is.
#pragma once

#include <string>

namespace tutti::detail {

/// Eight hexadecimal digits that change with every build of the running program: a schedule holds
/// only for the build that printed it. From the linker's build id; without one, from the program's
/// file.
const std::string& build_id();

}  // namespace tutti::detail
