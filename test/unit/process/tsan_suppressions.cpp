/// The counter inside std::exception_ptr lies in libstdc++, which TSan does not see into: the last
/// owner's freeing looks unordered to it.
#include <tutti/base/config.hpp>

#if defined(TUTTI_TSAN)
extern "C" const char* __tsan_default_suppressions();  // NOLINT
extern "C" const char* __tsan_default_suppressions() {
  return "race:std::__exception_ptr::exception_ptr::_M_release\n";
}
#endif
