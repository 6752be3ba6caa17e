/// \file
/// `std::sort` without the rest of <algorithm>, which every consumer would pay for
/// (tool/compile_cost.py): libstdc++ has it in a file of its own.
#pragma once

#if __has_include(<bits/stl_algo.h>)
#include <bits/stl_algo.h>
#else
#include <algorithm>
#endif
