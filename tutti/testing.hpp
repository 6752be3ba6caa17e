/// \file
/// The laboratory: deterministic tests of concurrent code.
#pragma once

#include <tutti/testing/checkpoints.hpp>
#include <tutti/testing/explore.hpp>
#include <tutti/testing/failure.hpp>
#include <tutti/testing/fault.hpp>
#include <tutti/testing/history.hpp>
#include <tutti/testing/leak_check.hpp>
#include <tutti/testing/liveness.hpp>
#include <tutti/testing/memory_stream.hpp>
#include <tutti/testing/network.hpp>
#include <tutti/testing/oracles.hpp>
#include <tutti/testing/run_virtual.hpp>
#include <tutti/testing/sequencer.hpp>
#include <tutti/testing/shared.hpp>
#include <tutti/testing/wait_all_blocked.hpp>
