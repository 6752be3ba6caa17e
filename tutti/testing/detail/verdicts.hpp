/// \file
/// How the tools of a test end it.
#pragma once

#include <source_location>
#include <string>

#include <tutti/testing/detail/simulation.hpp>

namespace tutti::detail {

/// "file.cpp:12".
std::string place_text(const std::source_location& where);
/// Notes the verdict in a simulation, where nobody can swallow it and the caller goes on; throws
/// `testing::failure` elsewhere.
void break_run(verdict what, const std::string& text);

}  // namespace tutti::detail
