#include <tutti/process/detail/shared_watch.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/process/backend/nodes.hpp>
#include <tutti/process/backend/os.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/thread.hpp>

namespace tutti::detail {
namespace {

constexpr duration poll_pause = std::chrono::milliseconds(1);

/// Threads:  add() from anywhere, cancelling from anywhere; one thread of its own watches.
/// Lifetime: the process's; the thread ends with the watcher.
/// Wakes:    the tasks behind the promises; add() and cancelling wake the thread.
/// Order:    a word is looked at after it was announced as watched: no change is missed.
/// Cancel:   the entry is dropped by the thread, which completes the future as cancelled.
class shared_watcher {
 public:
  static shared_watcher& here() {
    static shared_watcher one;
    return one;
  }
  ~shared_watcher() {
    {
      const sys::lock guard{mutex_};
      stops_ = true;
    }
    ring();
    thread_.join();
  }

  future<void> add(shared_block::handle block, sys::atomic<std::uint32_t>& word,
                   std::uint32_t expected, time_point due) {
    auto made = std::make_shared<entry>();
    made->block = std::move(block);
    made->word = &word;
    made->expected = expected;
    made->due = due;
    future<void> answer = made->changed.get_future();
    // A canceller may be about to call this when the thread completes the entry and frees it.
    made->changed.on_cancel([this, dropped = made->dropped] {
      dropped->store(true, sys::release);  // pairs: shared_watch.dropped
      ring();
    });
    {
      const sys::lock guard{mutex_};
      arriving_.push_back(std::move(made));
      if (!thread_.joinable()) thread_ = sys::thread("tutti-shared", [this] { watch(); });
    }
    ring();
    return answer;
  }

 private:
  /// Threads:  the watcher's, but for `dropped`.
  /// Lifetime: the watcher's, until it is over.
  /// Wakes:    its promise.
  /// Order:    as the watcher.
  /// Cancel:   `dropped`.
  struct entry {
    shared_block::handle block;  // keeps the word
    sys::atomic<std::uint32_t>* word = nullptr;
    std::uint32_t expected = 0;
    time_point due;
    promise<void> changed;
    /// The canceller's and ours.
    std::shared_ptr<sys::atomic<bool>> dropped = std::make_shared<sys::atomic<bool>>(false);
  };

  void ring() noexcept {
    bell_.fetch_add(1, sys::seq_cst);  // pairs: shared_watch.bell
    os::shared_wake(bell_, 1);
  }

  void watch() {
    for (;;) {
      const std::uint32_t heard = bell_.load(sys::seq_cst);  // pairs: shared_watch.bell
      {
        const sys::lock guard{mutex_};
        if (stops_) return;
        watched_.insert(watched_.end(), std::make_move_iterator(arriving_.begin()),
                        std::make_move_iterator(arriving_.end()));
        arriving_.clear();
      }
      settle(nullptr);
      sleep(heard);
    }
  }

  /// Sleeps until the bell, a word or the earliest time limit; then settles what was woken.
  void sleep(std::uint32_t heard) {
    std::vector<os::word_wait> words{{&bell_, heard}};
    time_point due = time_point::max();
    for (const auto& one : watched_) {
      due = std::min(due, one->due);
      if (words.size() < os::words_max) words.push_back({one->word, one->expected});
    }
    const time_point soon{duration(os::steady_ns()) + poll_pause};
    if (watched_.size() >= os::words_max) due = std::min(due, soon);
    const int woken = os::wait_for_words(words, due);
    if (woken == os::words_unsupported) {
      os::shared_wait(bell_, heard, std::min(due, soon));
    } else if (woken > 0) {
      // A wake is a wake, even if the word says the old thing again.
      settle(words[static_cast<std::size_t>(woken)].word);
    }
  }

  /// Completes what has changed, is over, or waits for `woken`.
  void settle(const sys::atomic<std::uint32_t>* woken) {
    const std::int64_t now = os::steady_ns();
    std::vector<std::shared_ptr<entry>> over;
    const auto rest = std::partition(watched_.begin(), watched_.end(), [&](const auto& one) {
      // Relaxed: who is told looks again.
      return one->word != woken && !one->dropped->load(sys::relaxed) &&
             one->word->load(sys::relaxed) == one->expected &&
             one->due.time_since_epoch().count() > now;
    });
    over.assign(std::make_move_iterator(rest), std::make_move_iterator(watched_.end()));
    watched_.erase(rest, watched_.end());
    for (const auto& one : over) {
      if (one->dropped->load(sys::acquire)) {  // pairs: shared_watch.dropped
        const promise<void> given_up = std::move(one->changed);
      } else {
        one->changed.set_value();
      }
    }
  }

  sys::atomic<std::uint32_t> bell_{0};
  sys::mutex mutex_;
  std::vector<std::shared_ptr<entry>> arriving_ TUTTI_GUARDED_BY(mutex_);
  bool stops_ TUTTI_GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<entry>> watched_;  // owner: the thread
  sys::thread thread_;  // started under mutex_; last: everything above outlives it
};

}  // namespace

bool wait_for_change(sys::atomic<std::uint32_t>& word, std::uint32_t expected,
                     time_point deadline) noexcept {
  // There nobody dies unseen, and who looks again and again is never in a deadlock.
  if (TUTTI_UNLIKELY(nodes::current != nullptr)) return os::shared_wait(word, expected, deadline);
  const time_point soon{duration(os::steady_ns()) + look_again_every};
  return os::shared_wait(word, expected, std::min(deadline, soon)) || soon < deadline;
}

future<void> shared_change(shared_block::handle block, sys::atomic<std::uint32_t>& word,
                           std::uint32_t expected, duration look_again) {
  if (nodes::current != nullptr) {
    throw error(
        "what processes share cannot be awaited in a simulation: use the blocking call, in a "
        "thread of the scenario");
  }
  const time_point due{duration(os::steady_ns()) + look_again};
  return shared_watcher::here().add(std::move(block), word, expected, due);
}

}  // namespace tutti::detail
