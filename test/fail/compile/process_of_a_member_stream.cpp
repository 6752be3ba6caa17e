// A stream is a buffer and a descriptor of its process.
// expect: a stream cannot cross to another process: pass the path or the text
// expect note: value\.(\w+::)?log
#include <tutti/wire/crossing.hpp>

#include <filesystem>
#include <fstream>

struct job {
  int id;
#ifdef CONTROL
  std::filesystem::path log;
#else
  std::ofstream log;
#endif
};
static_assert((tutti::wire::require_crossing<job>(), true));
