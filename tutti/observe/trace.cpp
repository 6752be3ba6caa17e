#include <tutti/observe/trace.hpp>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include <tutti/base/clock.hpp>
#include <tutti/base/error.hpp>
#include <tutti/observe/hook.hpp>
#include <tutti/sys/mutex.hpp>
#include <tutti/sys/thread.hpp>

namespace tutti::observe {
namespace {

struct event {
  bool is_begin;
  std::uint64_t id;
  std::string name;
  unsigned long thread;
  time_point at;
};

class recorder final : public hook {
 public:
  explicit recorder(std::string path) : path_(std::move(path)), start_(clock::now()) {
    attached_.emplace(*this);
  }

  void task_created(const task_info& t) override { add(true, t); }
  void task_finished(const task_info& t, std::exception_ptr) override { add(false, t); }

  void write() {
    attached_.reset();  // nobody calls any more
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> f(std::fopen(path_.c_str(), "we"),
                                                            &std::fclose);
    if (!f) throw std::system_error(errno, std::generic_category(), "the trace file " + path_);
    std::fputs("{\"traceEvents\":[", f.get());
    const char* comma = "\n";
    for (const event& e : events_) {
      const double us = std::chrono::duration<double, std::micro>(e.at - start_).count();
      std::fprintf(f.get(),
                   "%s{\"ph\":\"%c\",\"cat\":\"task\",\"id\":%llu,\"name\":\"%s\",\"pid\":1,"
                   "\"tid\":%lu,\"ts\":%.3f}",
                   comma, e.is_begin ? 'b' : 'e', static_cast<unsigned long long>(e.id),
                   e.name.c_str(), e.thread, us);
      comma = ",\n";
    }
    std::fprintf(f.get(), "\n],\"otherData\":{\"dropped\":\"%zu\"}}\n", dropped_);
    if (std::fflush(f.get()) != 0)
      throw std::system_error(errno, std::generic_category(), "the trace file " + path_);
  }

 private:
  static constexpr std::size_t events_max = 1'000'000;
  void add(bool is_begin, const task_info& t) {
    // Calls come one at a time: the core holds its hook lock.
    if (events_.size() == events_max) {
      ++dropped_;
      return;
    }
    std::string name;
    for (const char c : t.name) {
      if (c == '"' || c == '\\') name += '\\';
      name += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    events_.push_back({is_begin, t.id, std::move(name), sys::this_thread_number(), clock::now()});
  }
  std::string path_;
  time_point start_;
  std::vector<event> events_;
  std::size_t dropped_ = 0;
  std::optional<attachment> attached_;
};

sys::mutex lock_of_current;
recorder* current = nullptr;  // guarded by lock_of_current

}  // namespace

void start_trace(const std::string& path) {
  auto fresh = std::make_unique<recorder>(path);
  sys::lock hold(lock_of_current);
  if (current != nullptr) throw error("a trace is being recorded already");
  current = fresh.release();
}

void stop_trace() {
  std::unique_ptr<recorder> ended;
  {
    sys::lock hold(lock_of_current);
    ended.reset(std::exchange(current, nullptr));
  }
  if (ended) ended->write();
}

}  // namespace tutti::observe
