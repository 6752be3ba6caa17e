// Bugs of processes: what is done again, because nobody can know that it was done.
#include "museum.hpp"

#include <array>
#include <csignal>

#include <tutti/process/process_pool.hpp>

namespace museum {
namespace {

/// What outlives any worker: somebody else's database.
struct bank {
  lab::atomic<int> charges = 0;
  std::array<lab::atomic<int>, 2> receipts{};  // by number of the order
};
bank* the_bank = nullptr;

// ---- a worker dies after the deed and before the answer: the retry does it again ----
int charge(int) { return ++the_bank->charges; }
int charge_by_number(int number) {
  the_bank->receipts[static_cast<std::size_t>(number)].store(1);
  return 1;
}
void pay(int (*how)(int)) {
  bank open;
  the_bank = &open;
  tutti::process_pool pool{{.workers = 1, .retries = 1}};
  tutti::future<int> paid = pool.submit(how, 1);
  const lab::fault power_cut{"worker.killed", SIGKILL};
  (void)paid.get();
  lab::check(open.charges.load() + open.receipts[1].load() == 1, "charged twice");
}
void retry_of_what_was_done() { pay(charge); }
void retry_that_does_no_harm() { pay(charge_by_number); }

const hall processes({
    {"retry_of_what_was_done", "charged twice", retry_of_what_was_done, retry_that_does_no_harm},
});

}  // namespace
}  // namespace museum
