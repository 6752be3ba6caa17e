// Memory that processes see at once, a queue between them, and a lock that survives its owner.
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

#include <tutti/tutti.hpp>

void brighten(tutti::shared_array<float> image, std::size_t first, std::size_t last) {
  for (float& pixel : image.span().subspan(first, last - first)) pixel += 1;
}
void tell(tutti::process_queue<std::string> lines) {
  lines.put("from another process");
  lines.close();
}
void die_with(tutti::process_mutex lock) {
  lock.lock();
  std::abort();
}

int main() {
  tutti::process_pool pool{{.workers = 2}};
  tutti::shared_array<float> image{1000};  // passing it passes a handle
  auto upper = pool.submit(brighten, image, 0, 500);
  auto lower = pool.submit(brighten, image, 500, 1000);
  upper.get();
  lower.get();
  float sum = 0;
  for (const float pixel : image.span()) sum += pixel;
  std::printf("%.0f pixels are brighter\n", static_cast<double>(sum));

  tutti::process_queue<std::string> lines{4096};
  tutti::process teller{"teller", tell, lines};
  while (auto line = lines.next()) std::printf("a line %s\n", line->c_str());
  std::printf("the teller ended %s\n", teller.join().ok() ? "well" : "badly");

  tutti::process_mutex lock;
  const tutti::exit_status how = tutti::process{"owner", die_with, lock}.join();
  lock.lock();
  std::printf("its owner died by signal %d, and the lock %s\n", how.signal(),
              lock.owner_died() ? "tells" : "does not tell");
  lock.unlock();
}

// Output:
// 1000 pixels are brighter
// a line from another process
// the teller ended well
// its owner died by signal 6, and the lock tells
