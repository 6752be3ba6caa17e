// An outcome that nobody set has no value to give.
// expect: an outcome was read before anything was stored in it
#include <tutti/base/outcome.hpp>

int main() {
  tutti::outcome<int> nothing;
  return nothing.value();
}
