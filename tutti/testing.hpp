/// \file
/// The laboratory: deterministic tests of concurrent code.
#pragma once

#include <tutti/testing/explore.hpp>
#include <tutti/testing/failure.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/testing/shared.hpp>
