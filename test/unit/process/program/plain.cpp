/// Knows of processes and makes none: must have no child at all. Prints how many it has.
#include <tutti/process/process.hpp>
#include <tutti/process/process_pool.hpp>

#include <cstdio>

#include "children.hpp"

int main() { std::printf("%zu\n", children().size()); }
