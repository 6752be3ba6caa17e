#include <tutti/pattern/supervisor.hpp>

#include <deque>
#include <string>
#include <vector>

#include <tutti/base/clock.hpp>
#include <tutti/core/hook.hpp>
#include <tutti/core/task_group.hpp>
#include <tutti/sync/queue.hpp>

namespace tutti {
namespace detail {
namespace {

/// One child. owner: the task in run().
struct supervised {
  supervised(std::string_view n, function<task<>()> b) : name(n), begin(std::move(b)) {}
  const std::string name;
  function<task<>()> begin;
  future<void> life;        ///< of the start that is under way; empty otherwise
  unsigned generation = 0;  ///< which start that is: what earlier ones say is old news
};

/// What run() is told.
struct news {
  enum class kind : unsigned char { ended, added };
  explicit news(kind k) noexcept : what(k) {}
  kind what;
  std::unique_ptr<supervised> child = {};  ///< added
  std::size_t who = 0;                     ///< ended
  unsigned generation = 0;                 ///< ended
  std::exception_ptr error = {};           ///< ended; null: it returned
};

}  // namespace

/// Threads:  add() and stop() from anywhere; the rest by the task in run().
/// Lifetime: in the supervisor.
/// Wakes:    news wake run().
/// Order:    as queue.
/// Cancel:   as supervisor.
class supervisor_core {
 public:
  explicit supervisor_core(supervisor_options o) noexcept : options(o) {}

  task<> run();
  void tell(news n) { news_.put(std::move(n)); }
  /// run() gets no more news and ends.
  void stop() noexcept { news_.close(); }

  const supervisor_options options;
  function<void(std::string_view, const std::exception_ptr&)> on_restart;
  sys::atomic<std::size_t> restarts{0};

 private:
  task<> watch_all(task_group& group);
  task<> deal_with(task_group& group, news n);
  task<> restart_after(task_group& group, std::size_t failed, const std::exception_ptr& error);
  /// From the last to the first of those in [from, to): cancels it and waits for its end.
  task<> stop_range(std::size_t from, std::size_t to);
  void start(task_group& group, std::size_t who);
  task<> live(std::size_t who, unsigned generation);
  bool too_many();

  // Without a limit: at most one piece of news for every start and every add().
  queue<news> news_;
  sys::atomic<bool> running_{false};
  std::vector<std::unique_ptr<supervised>> children_;
  std::deque<time_point> failures_;  // within the period, oldest first
  std::size_t alive_ = 0;
  bool over_ = false;
  std::exception_ptr fatal_;
};

task<> supervisor_core::live(std::size_t who, unsigned generation) {
  news n(news::kind::ended);
  n.who = who;
  n.generation = generation;
  try {
    co_await children_[who]->begin();
  } catch (const cancelled&) {
    n.error = future_cancelled_error();  // by run(), which knows, or by the child's own doing
  } catch (...) {
    n.error = std::current_exception();
  }
  try {
    tell(std::move(n));
  } catch (const closed&) {  // stopped: nobody asks any more
  }
}

void supervisor_core::start(task_group& group, std::size_t who) {
  supervised& child = *children_[who];
  child.life = group.spawn(live(who, ++child.generation), {.name = child.name});
  ++alive_;
}

task<> supervisor_core::stop_range(std::size_t from, std::size_t to) {
  for (std::size_t i = to; i-- > from;) {
    supervised& child = *children_[i];
    if (!child.life.valid()) continue;
    child.life.cancel();
    try {
      co_await std::move(child.life);
    } catch (const future_cancelled&) {  // it had not begun
    }
    ++child.generation;
    --alive_;
  }
}

bool supervisor_core::too_many() {
  const time_point time = clock::now();
  failures_.push_back(time);
  while (time - failures_.front() > options.within) failures_.pop_front();
  return failures_.size() > options.restarts_max;
}

task<> supervisor_core::restart_after(task_group& group, std::size_t failed,
                                      const std::exception_ptr& error) {
  if (too_many()) {
    fatal_ = error;
    over_ = true;
    co_return;
  }
  restarts.fetch_add(1, sys::relaxed);
  if (on_restart) {
    on_restart(children_[failed]->name, error);
  } else {
    report_unobserved(children_[failed]->name, error);
  }
  const bool others = options.strategy != restart::one_for_one;
  const std::size_t first = options.strategy == restart::one_for_all ? 0 : failed;
  const std::size_t end = others ? children_.size() : failed + 1;
  // Who has returned by now is done, though the news of it may still be under way.
  std::vector<bool> again(end, false);
  for (std::size_t i = first; i < end; ++i) {
    again[i] = i == failed || (children_[i]->life.valid() && !children_[i]->life.done());
  }
  if (others) co_await stop_range(first, end);
  for (std::size_t i = first; i < end; ++i) {
    if (again[i]) start(group, i);
  }
}

task<> supervisor_core::deal_with(task_group& group, news n) {
  if (n.what == news::kind::added) {
    children_.push_back(std::move(n.child));
    start(group, children_.size() - 1);
  } else if (supervised& child = *children_[n.who]; n.generation == child.generation) {
    child.life = {};
    --alive_;
    if (n.error) co_await restart_after(group, n.who, n.error);
  }
}

task<> supervisor_core::watch_all(task_group& group) {
  for (std::size_t i = 0; i < children_.size(); ++i) start(group, i);
  while (!over_ && !news_.is_closed() && !(alive_ == 0 && news_.empty())) {
    auto n = co_await news_.async_next();
    if (n) co_await deal_with(group, *std::move(n));
  }
  co_await stop_range(0, children_.size());
}

task<> supervisor_core::run() {
  // pairs: supervisor.running
  if (running_.exchange(true, sys::acquire)) throw error("a supervisor runs once at a time");
  struct leaver {
    explicit leaver(supervisor_core& c) noexcept : core(c) {}
    leaver(const leaver&) = delete;
    leaver& operator=(const leaver&) = delete;
    ~leaver() { core.running_.store(false, sys::release); }  // pairs: supervisor.running
    supervisor_core& core;
  } const leaving(*this);
  over_ = false;
  fatal_ = nullptr;
  alive_ = 0;
  failures_.clear();
  auto body = [this](task_group& group) -> task<> { return watch_all(group); };
  co_await with_task_group(body);
  if (fatal_) std::rethrow_exception(std::exchange(fatal_, nullptr));
}

}  // namespace detail

supervisor::supervisor(supervisor_options options)
    : core_(std::make_unique<detail::supervisor_core>(options)) {}
supervisor::~supervisor() = default;

void supervisor::add_child(std::string_view name, detail::function<task<>()> begin) {
  detail::news n(detail::news::kind::added);
  n.child = std::make_unique<detail::supervised>(name, std::move(begin));
  core_->tell(std::move(n));
}

void supervisor::on_restart(
    detail::function<void(std::string_view, const std::exception_ptr&)> fn) {
  core_->on_restart = std::move(fn);
}

task<> supervisor::run() { return core_->run(); }

void supervisor::stop() noexcept { core_->stop(); }

std::size_t supervisor::restarts() const noexcept { return core_->restarts.load(sys::relaxed); }

}  // namespace tutti
