// Calling a callable that holds nothing is a broken contract, not undefined behaviour.
// expect: an empty callable was called
#include <tutti/base/function.hpp>

int main() {
  tutti::detail::function<void()> nothing;
  nothing();
}
