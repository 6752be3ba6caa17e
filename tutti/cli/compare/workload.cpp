#include <tutti/cli/compare/workload.hpp>

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

#include <tutti/base/error.hpp>
#include <tutti/cli/screen.hpp>

namespace tutti::cli::compare {

namespace {

constexpr std::size_t fetch_items_usual = 64;
constexpr std::uint64_t served_file_bytes_max = 512U << 10U;
constexpr std::uint64_t crunched_bytes_usual =
    16U << 20U;  // of the usual folder: about half a second of work

std::string plural(std::size_t n, const std::string& one, const std::string& many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

void name_pieces(workload& out) {
  for (const piece& j : out.pieces) out.names.push_back(printable(j.name));
}

std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw error("cannot open " + printable(path));
  return {std::istreambuf_iterator<char>(in), {}};
}

void note_unreadable(workload& out, const corpus& files) {
  if (files.unreadable_count == 0) return;
  std::string list;
  for (const std::string& path : files.unreadable) list += (list.empty() ? "" : ", ") + path;
  out.notes.push_back(plural(files.unreadable_count, "place", "places") + " below " +
                      printable(files.root) + " cannot be read and " +
                      (files.unreadable_count == 1 ? "is" : "are") + " left out: " + list +
                      (files.unreadable_count > files.unreadable.size() ? ", ..." : ""));
}

void pieces_from_addresses(workload& out, const request& wanted) {
  const std::size_t items = wanted.items == 0 ? wanted.addresses.size() : wanted.items;
  std::vector<http_address> parsed;
  for (const std::string& text : wanted.addresses) {
    parsed_address one = parse_address(text);
    if (!one.address) throw error(one.problem);
    parsed.push_back(std::move(*one.address));
  }
  for (std::size_t i = 0; i < items; ++i) {
    const http_address& where = parsed[i % parsed.size()];
    piece j;
    j.name = wanted.addresses[i % parsed.size()];
    j.host = where.host;
    j.port = where.port;
    j.target = where.target;
    out.pieces.push_back(std::move(j));
  }
  out.title =
      plural(items, "fetch", "fetches") + " of " + plural(parsed.size(), "address", "addresses");
}

std::uint16_t start_server(workload& out, const std::string& folder, std::size_t items,
                           const request& wanted) {
  std::vector<std::string> words{sys::this_program(),
                                 "compare",
                                 "serve",
                                 folder,
                                 std::to_string(items),
                                 std::to_string(wanted.latency.count())};
  if (wanted.what == kind::mixed) words.emplace_back("large");
  out.server = std::make_unique<sys::helper_program>(words);
  const std::string line = out.server->read_line(std::chrono::seconds(10));
  std::uint16_t port = 0;
  const auto [end, code] = std::from_chars(line.data(), line.data() + line.size(), port);
  if (code != std::errc{} || port == 0) {
    throw error("the bundled server did not start" +
                (line.empty() ? std::string() : ": " + printable(line)));
  }
  return port;
}

void pieces_from_server(workload& out, const request& wanted) {
  const std::string folder = wanted.folder.empty() ? usual_folder() : wanted.folder;
  const std::size_t items = wanted.items == 0 ? fetch_items_usual : wanted.items;
  const corpus files = served_files(folder, items, wanted.what == kind::mixed);
  note_unreadable(out, files);
  const std::uint16_t port = start_server(out, folder, items, wanted);
  std::vector<piece> distinct;
  for (const std::string& file : files.files) {
    const std::string bytes = read_whole(folder + "/" + file);
    piece j;
    j.name = file;
    j.host = "127.0.0.1";
    j.port = port;
    j.target = target_of(file);
    j.knows_answer = true;
    j.answer_bytes = bytes.size();
    j.answer_checksum = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    distinct.push_back(std::move(j));
  }
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < items; ++i) {
    out.pieces.push_back(distinct[i % distinct.size()]);
    bytes += out.pieces.back().answer_bytes;
  }
  out.title = plural(items, "fetch", "fetches") + ", " +
              show_seconds(std::chrono::duration<double>(wanted.latency).count()) + " each (" +
              show_bytes(static_cast<double>(bytes)) + " of " + printable(folder) +
              " from the bundled server)";
}

void pieces_from_folder(workload& out, const request& wanted) {
  const bool usual = wanted.folder.empty();
  const std::string folder = usual ? usual_folder() : wanted.folder;
  corpus_limits limits;
  if (wanted.items != 0) limits.files_max = wanted.items;
  if (usual && wanted.items == 0) limits.bytes_max = crunched_bytes_usual;
  const corpus files = find_files(folder, limits);
  note_unreadable(out, files);
  for (const std::string& file : files.files) {
    piece j;
    j.name = file;
    j.path = folder + "/" + file;
    out.pieces.push_back(std::move(j));
  }
  if (files.skipped > 0) {
    out.notes.push_back("a part of " + printable(folder) + ": " + std::to_string(files.skipped) +
                        " more files are left out" +
                        (usual ? "; name the folder to take every file" : ""));
  }
  out.title = plural(files.files.size(), "file", "files") + " (" +
              show_bytes(static_cast<double>(files.bytes)) + ") of " + printable(folder) +
              " checksummed and compressed";
}

}  // namespace

std::string_view name_of(kind what) noexcept {
  switch (what) {
    case kind::fetch:
      return "fetch";
    case kind::crunch:
      return "crunch";
    case kind::mixed:
      return "mixed";
  }
  return "";
}

std::string target_of(const std::string& path) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out = "/";
  for (const char c : path) {
    if (plain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte / 16];
    out += digits[byte % 16];
  }
  return out;
}

corpus served_files(const std::string& folder, std::size_t items, bool prefers_large) {
  corpus_limits limits;
  limits.files_max = items;
  limits.file_bytes_max = served_file_bytes_max;
  limits.prefers_large = prefers_large;
  return find_files(folder, limits);
}

workload prepare(const request& wanted) {
  workload out;
  if (wanted.what == kind::crunch) {
    pieces_from_folder(out, wanted);
  } else if (wanted.addresses.empty()) {
    pieces_from_server(out, wanted);
  } else {
    pieces_from_addresses(out, wanted);
  }
  if (wanted.what == kind::mixed) {
    for (piece& j : out.pieces) j.crunches = true;
    out.title += ", each then checksummed and compressed";
  }
  name_pieces(out);
  return out;
}

}  // namespace tutti::cli::compare
