#include <tutti/process/detail/output_lines.hpp>

#include <algorithm>
#include <span>
#include <utility>

#include <tutti/process/backend/os.hpp>

namespace tutti::detail {

bool output_lines::read(int fd, std::size_t bytes_max, function_ref<void(std::string_view)> take) {
  std::byte room[4096];
  for (std::size_t total = 0; total < bytes_max;) {
    const os::moved got = os::read_now(fd, room);
    if (got.error != 0) return true;  // nothing there now
    if (got.count == 0) return false;
    total += got.count;
    add({reinterpret_cast<const char*>(room), got.count}, take);
  }
  return true;
}

void output_lines::add(std::string_view text, function_ref<void(std::string_view)> take) {
  for (;;) {
    const std::size_t end = text.find('\n');
    begun_ += text.substr(0, end);
    if (end == text.npos) break;
    give(take);
    text.remove_prefix(end + 1);
  }
  if (begun_.size() >= line_max) finish(take);
}

void output_lines::finish(function_ref<void(std::string_view)> take) {
  if (!begun_.empty()) give(take);
}

std::string output_lines::tail() const {
  return tail_ + begun_.substr(begun_.size() - std::min(begun_.size(), tail_max));
}

void output_lines::give(function_ref<void(std::string_view)> take) {
  const std::string line = std::exchange(begun_, {});
  tail_.append(line, line.size() - std::min(line.size(), tail_max - 1));
  tail_ += '\n';
  if (tail_.size() > tail_max) {
    const std::size_t whole = tail_.find('\n', tail_.size() - tail_max);
    tail_.erase(0, std::min(whole + 1, tail_.size() - 1));
  }
  take(line);
}

}  // namespace tutti::detail
