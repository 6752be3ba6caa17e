/// Makes a pool, says who its children are, and waits to be killed.
#include <tutti/process/process_pool.hpp>

#include <unistd.h>
#include <cstdio>

#include "children.hpp"

std::vector<int> global_table{1, 2, 3};  // made before main, and there in workers

int main() {
  tutti::process_pool pool{{.workers = 2}};
  auto busy = pool.submit([] {
    volatile int i = 0;
    for (;;) (void)i;
  });
  if (pool.submit([] { return global_table.size(); }).get() != 3) return 1;
  const int started_by_a_worker = pool.submit([] {
                                        const int pid = ::fork();
                                        if (pid == 0)
                                          for (;;) ::pause();
                                        return pid;
                                      })
                                      .get();
  for (const int pid : children()) std::printf("%d ", pid);
  std::printf("%d ", started_by_a_worker);
  std::printf("\n");
  std::fflush(stdout);
  ::pause();
}
