// However deep it lies: the lines beneath name the way.
// expect: a raw pointer cannot cross to another process
// expect note: value\.(\w+::)?inner
// expect note: value\.(\w+::)?text
#include <tutti/wire/crossing.hpp>

#include <string>

struct part {
  int length;
#ifdef CONTROL
  std::string text;
#else
  const char* text;
#endif
};

struct job {
  int id;
#ifdef CONTROL
  part inner;
#else
  part inner;
#endif
};
static_assert((tutti::wire::require_crossing<job>(), true));
