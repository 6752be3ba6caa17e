#include <tutti/cli/compare/corpus.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <tutti/base/error.hpp>
#include <tutti/cli/screen.hpp>

namespace tutti::cli::compare {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t seen_max = 1'000'000;  // entries looked at below one root
constexpr std::size_t named_max = 3;         // unreadable places named

struct entry {
  std::string path;
  std::uint64_t size;
};

void note_unreadable(corpus& out, const fs::path& path) {
  if (out.unreadable_count++ < named_max) out.unreadable.push_back(printable(path.string()));
}

bool can_be_read(const fs::path& path) { return std::ifstream(path, std::ios::binary).good(); }

// Steps through the tree by hand, since the standard iterator gives up at the first folder it may
// not enter.
void walk(const fs::path& folder, const fs::path& root, std::vector<entry>& found, corpus& out) {
  std::error_code code;
  fs::directory_iterator at(folder, code);
  if (code) return note_unreadable(out, folder);
  for (; at != fs::directory_iterator(); at.increment(code)) {
    if (code || found.size() >= seen_max) return;
    const fs::directory_entry& here = *at;
    if (here.is_symlink(code)) continue;
    if (here.is_directory(code)) {
      walk(here.path(), root, found, out);
    } else if (here.is_regular_file(code)) {
      const auto size = here.file_size(code);
      if (!code && size > 0) found.push_back({here.path().lexically_relative(root).string(), size});
    }
  }
}

// The order of the list stays; of two files of one size the first in it is kept.
void keep_largest(std::vector<entry>& found, std::size_t count) {
  if (found.size() <= count) return;
  const auto larger = [](const entry& a, const entry& b) {
    return a.size != b.size ? a.size > b.size : a.path < b.path;
  };
  const auto end_of_kept = found.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(found.begin(), end_of_kept, found.end(), larger);
  found.erase(end_of_kept, found.end());
  std::sort(found.begin(), found.end(),
            [](const entry& a, const entry& b) { return a.path < b.path; });
}

}  // namespace

corpus find_files(const std::string& root, const corpus_limits& limits) {
  corpus out;
  out.root = root;
  std::error_code code;
  const fs::file_status status = fs::status(root, code);
  if (!fs::exists(status)) throw error("there is no folder '" + printable(root) + "'");
  if (!fs::is_directory(status)) throw error("'" + printable(root) + "' is not a folder");
  const fs::directory_iterator probe(root, code);
  if (code) throw error("the folder '" + printable(root) + "' cannot be read: " + code.message());

  std::vector<entry> found;
  walk(root, root, found, out);
  std::sort(found.begin(), found.end(),
            [](const entry& a, const entry& b) { return a.path < b.path; });
  const std::size_t all = found.size();
  std::erase_if(found, [&](const entry& e) { return e.size > limits.file_bytes_max; });

  if (limits.prefers_large) keep_largest(found, limits.files_max);
  std::size_t wanted = std::min(found.size(), limits.files_max);
  std::uint64_t total = 0;
  for (const entry& e : found) total += e.size;
  if (total > limits.bytes_max) {
    const double share = static_cast<double>(limits.bytes_max) / static_cast<double>(total);
    wanted =
        std::min(wanted, static_cast<std::size_t>(static_cast<double>(found.size()) * share) + 1);
  }
  for (std::size_t i = 0; i < wanted; ++i) {
    const entry& e = found[i * found.size() / wanted];
    if (out.bytes + e.size > limits.bytes_max) continue;
    if (!can_be_read(fs::path(root) / e.path)) {
      note_unreadable(out, fs::path(root) / e.path);
      continue;
    }
    out.files.push_back(e.path);
    out.sizes.push_back(e.size);
    out.bytes += e.size;
  }
  out.skipped = all - out.files.size();
  if (out.files.empty()) {
    const std::string why =
        out.unreadable_count > 0 ? "; " + out.unreadable.front() + " cannot be read" : "";
    throw error("there is no file to work on below '" + printable(root) + "'" + why);
  }
  return out;
}

std::string usual_folder() {
  for (const char* candidate : {"/usr/share/doc", "/usr/share/man", "/usr/include"}) {
    std::error_code code;
    if (fs::is_directory(candidate, code) &&
        fs::directory_iterator(candidate, code) != fs::directory_iterator())
      return candidate;
  }
  return ".";
}

}  // namespace tutti::cli::compare
