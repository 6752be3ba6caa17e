/// \file
/// The laboratory: deterministic tests of concurrent code.
#pragma once
