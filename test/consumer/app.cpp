// What a stranger writes first. Every way of consuming the library builds and runs this file.
#include <tutti/tutti.hpp>

#include <tutti/base/error.hpp>

#include <cstdio>

int main() {
  try {
    throw tutti::closed("a queue");
  } catch (const tutti::error& e) {
    std::printf("tutti says: %s\n", e.what());
  }
  return 0;
}
