// A generated image blurred by four workers, row by row in shared memory, is what one thread makes
// of it.
// rows: 000-28
#include <tutti/tutti.hpp>

#include <algorithm>
#include <ranges>
#include <vector>

#include "acceptance.hpp"

constexpr int width = 640;
constexpr int height = 480;
using image = tutti::shared_array<unsigned char>;

void blur_row(const unsigned char* from, unsigned char* to, int y) {
  for (int x = 0; x < width; ++x) {
    int sum = 0;
    int count = 0;
    for (int v = std::max(0, y - 2); v <= std::min(height - 1, y + 2); ++v)
      for (int u = std::max(0, x - 2); u <= std::min(width - 1, x + 2); ++u) {
        sum += from[v * width + u];
        ++count;
      }
    to[y * width + x] = static_cast<unsigned char>(sum / count);
  }
}
struct block {
  image from;
  image to;
  int first;
  int last;
};
int blur_block(block b) {
  for (int y = b.first; y < b.last; ++y) blur_row(b.from.span().data(), b.to.span().data(), y);
  return b.last - b.first;
}

int main() {
  image from{width * height};
  image to{width * height};
  unsigned state = 1;
  for (unsigned char& pixel : from.span()) {
    state = state * 1664525U + 1013904223U;
    pixel = static_cast<unsigned char>(state >> 24);
  }
  tutti::process_pool pool{{.workers = 4}};
  std::vector<block> blocks;
  for (int y = 0; y < height; y += 30) blocks.push_back({from, to, y, y + 30});
  int rows = 0;
  for (const int done : pool.imap_unordered(blur_block, blocks)) rows += done;
  require(rows == height, "every row was done once");
  std::vector<unsigned char> alone(width * height);
  for (int y = 0; y < height; ++y) blur_row(from.span().data(), alone.data(), y);
  require(std::ranges::equal(to.span(), alone), "byte for byte the same");
}
