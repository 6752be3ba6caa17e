#include <tutti/cli/compare/models.hpp>

#include <utility>

#include <tutti/cli/compare/crunch.hpp>
#include <tutti/cli/compare/run_watched.hpp>
#include <tutti/tutti.hpp>

namespace tutti::cli::compare {

namespace {

// What computes in a pool, here or in a worker process. It signs with the process it ran in.
item_result crunch_signed(std::string bytes) {
  const std::int64_t began = now_ns();
  item_result out = crunch_bytes(bytes);
  sign(out, began);
  return out;
}

struct fetched {
  item_result result;
  std::string body;
};

// The awaited twin of the blocking fetch: the same question, the same reader.
task<fetched> fetch_awaited(const piece* what) {
  fetched out;
  auto stream = co_await net::connect(what->host, what->port, {.timeout = fetch_limit});
  const std::string question = http_question({what->host, what->port, what->target});
  co_await stream.write(question);
  answer_reader reader;
  if (what->crunches) reader.keep_body();
  std::vector<std::byte> block(16U << 10U);
  while (reader.wants_more()) {
    const std::size_t got = co_await stream.read_some(block);
    if (got == 0) {
      reader.finish();
      break;
    }
    reader.feed({reinterpret_cast<const char*>(block.data()), got});
  }
  out.result = judge_answer(*what, reader);
  out.body = reader.body();
  co_return out;
}

// Where the computing half goes, once a page is here.
class crunch_place {
 public:
  virtual ~crunch_place() = default;
  virtual task<item_result> crunch(std::string bytes) = 0;
};

class on_the_loop final : public crunch_place {
 public:
  task<item_result> crunch(std::string bytes) override { co_return crunch_bytes(bytes); }
};

template <class Pool>
class in_a_pool final : public crunch_place {
 public:
  template <class Options>
  explicit in_a_pool(Options options) : pool_(std::move(options)) {}
  task<item_result> crunch(std::string bytes) override {
    future<item_result> result = pool_.submit(crunch_signed, std::move(bytes));
    co_return co_await std::move(result);
  }

 private:
  Pool pool_;
};

task<item_result> fetch_then_crunch(const piece* what, crunch_place* place) {
  fetched page = co_await timeout(fetch_limit, fetch_awaited(what));
  if (!what->crunches || !page.result.problem.empty()) co_return page.result;
  co_return co_await place->crunch(std::move(page.body));
}

task<item_result> awaited_piece(const piece* what, crunch_place* place, semaphore* places) {
  auto permit = co_await places->async_acquire();
  const std::int64_t began = now_ns();
  item_result out;
  if (what->host.empty()) {
    co_await yield();
    out = do_piece(*what);
  } else {
    try {
      out = co_await fetch_then_crunch(what, place);
    } catch (const std::exception& failure) {
      out = failed_piece(*what, failure.what());
    }
  }
  // A worker process has signed with its own cost; the stay is counted from here in any case.
  if (out.worker == 0) sign(out, began);
  out.began_ns = began;
  out.ended_ns = now_ns();
  co_return out;
}

std::vector<item_result> run_coroutines(const std::vector<piece>& pieces, unsigned workers,
                                        crunch_place& place) {
  semaphore places(workers);
  std::vector<task<item_result>> tasks;
  tasks.reserve(pieces.size());
  for (const piece& p : pieces) tasks.push_back(awaited_piece(&p, &place, &places));
  return run_watched(std::move(tasks));
}

}  // namespace

model coroutines_model(const std::vector<piece>& pieces, unsigned workers) {
  model out;
  out.name = "coroutines";
  out.workers = workers;
  out.note = "run(gather(pieces)) on one event loop, a semaphore lets " + std::to_string(workers) +
             " in at once";
  out.run = [&pieces, workers] {
    on_the_loop place;
    return run_coroutines(pieces, workers, place);
  };
  return out;
}

model hybrid_threads_model(const std::vector<piece>& pieces, unsigned workers, unsigned cores) {
  model out;
  out.name = "hybrid";
  out.workers = workers;
  out.note = "one event loop fetches, " + std::to_string(workers) + " at once; a thread_pool of " +
             std::to_string(cores) + " computes: co_await pool.submit(crunch, page)";
  out.run = [&pieces, workers, cores] {
    in_a_pool<thread_pool> place{thread_pool_options{.threads = cores, .name = "crunch"}};
    return run_coroutines(pieces, workers, place);
  };
  return out;
}

model hybrid_processes_model(const std::vector<piece>& pieces, unsigned workers, unsigned cores) {
  model out;
  out.name = "hybrid (processes)";
  out.workers = workers;
  out.note = "one event loop fetches, " + std::to_string(workers) + " at once; a process_pool of " +
             std::to_string(cores) + " computes: co_await pool.submit(crunch, page)";
  out.run = [&pieces, workers, cores] {
    in_a_pool<process_pool> place{process_pool_options{.workers = cores, .name = "crunch"}};
    return run_coroutines(pieces, workers, place);
  };
  return out;
}

}  // namespace tutti::cli::compare
