/// \file
/// How workers come into being.
#pragma once

namespace tutti {

/// `zygote`: from a copy of the program made after its global constructors and before main. The
/// default: quick, and free of whatever the program does afterwards.
/// `spawn`: from the program started anew, up to main; for programs whose early state is not to be
/// shared either. Its workers are ordinary children: the program's own `wait(-1)` may see them.
/// `fork`: from a copy of the program as it is when the pool is made, with what main has prepared
/// by then. Refused (`error`) when there are other threads.
enum class start_method : unsigned char { zygote, spawn, fork };

}  // namespace tutti
