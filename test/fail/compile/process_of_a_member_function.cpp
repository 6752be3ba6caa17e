// What std::function holds cannot be seen: it may point anywhere.
// expect: std::function and its like cannot cross to another process
// expect: wrap the choice in a captureless lambda or send an enum
// expect note: value\.(\w+::)?callback
#include <tutti/wire/crossing.hpp>

#include <functional>

struct job {
  int id;
#ifdef CONTROL
  int which_callback;
#else
  std::function<void()> callback;
#endif
};
static_assert((tutti::wire::require_crossing<job>(), true));
