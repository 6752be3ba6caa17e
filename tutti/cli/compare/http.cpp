#include <tutti/cli/compare/http.hpp>

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace tutti::cli::compare {

namespace {

bool is_visible(char c) { return c > ' ' && c < '\x7f'; }

bool all_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_visible);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// All of the text and nothing else, no sign, no space.
std::optional<std::uint64_t> whole_number(std::string_view text, int base) {
  std::uint64_t out = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (text.empty() || code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 80)) out += c >= ' ' && c < '\x7f' ? c : '?';
  return out;
}

bool host_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

// "host", "host:80", "[::1]", "[::1]:80": the host without brackets, and what follows it.
std::optional<std::pair<std::string_view, std::string_view>> split_host(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || close == 1) return std::nullopt;
    const auto inside = text.substr(1, close - 1);
    const auto ok = [](char c) { return host_letter(c) || c == ':'; };
    if (!std::all_of(inside.begin(), inside.end(), ok)) return std::nullopt;
    return std::pair{inside, text.substr(close + 1)};
  }
  const auto colon = std::min(text.find(':'), text.size());
  const auto host = text.substr(0, colon);
  if (host.empty() || !std::all_of(host.begin(), host.end(), host_letter)) return std::nullopt;
  return std::pair{host, text.substr(colon)};
}

}  // namespace

parsed_address parse_address(std::string_view text) {
  const std::string shown = "'" + printable(text) + "'";
  constexpr std::string_view scheme = "http://";
  if (text.starts_with("https://")) {
    return {std::nullopt,
            shown + " is https, which compare does not speak; give an http:// address"};
  }
  if (!text.starts_with(scheme))
    return {std::nullopt, shown + " is not an address; write http://host/path"};
  if (!all_visible(text))
    return {std::nullopt, shown + " holds a blank or a control character; encode it as %20"};
  text.remove_prefix(scheme.size());
  const auto end_of_host = std::min(text.find_first_of("/?#"), text.size());
  const auto authority = text.substr(0, end_of_host);
  const auto rest = text.substr(end_of_host, text.find('#') - end_of_host);
  if (authority.find('@') != std::string_view::npos)
    return {std::nullopt, shown + " holds a user name; compare sends none"};
  const auto parts = split_host(authority);
  if (!parts) return {std::nullopt, shown + " has no usable host name"};
  http_address out;
  out.host = parts->first;
  if (auto port = parts->second; !port.empty()) {
    const auto number = whole_number(port.substr(1), 10);
    if (port.front() != ':' || !number || *number == 0 || *number > 65535) {
      return {std::nullopt, shown + " has no usable port (1 to 65535)"};
    }
    out.port = static_cast<std::uint16_t>(*number);
  }
  out.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  if (out.target.size() > http_target_bytes_max)
    return {std::nullopt, shown + "… has a path of more than 4096 bytes"};
  return {std::move(out), {}};
}

std::string http_question(const http_address& where) {
  const bool numeric6 = where.host.find(':') != std::string::npos;
  std::string host = numeric6 ? "[" + where.host + "]" : where.host;
  if (where.port != 80) host += ":" + std::to_string(where.port);
  return "GET " + where.target + " HTTP/1.1\r\nHost: " + host +
         "\r\nUser-Agent: tutti-compare\r\nAccept: */*\r\nConnection: close\r\n\r\n";
}

void answer_reader::refuse(std::string why) {
  if (problem_.empty()) problem_ = std::move(why);
}

void answer_reader::feed(std::string_view piece) {
  while (!piece.empty() && wants_more()) {
    const bool in_body = at_ == part::fixed_body || at_ == part::body_to_end || at_ == part::chunk;
    if (in_body) {
      feed_body(piece);
    } else {
      feed_line(piece);
    }
  }
}

void answer_reader::feed_line(std::string_view& piece) {
  const auto end = piece.find('\n');
  const auto taken = piece.substr(0, end);
  head_bytes_ += taken.size() + 1;
  // Chunk sizes and their line ends are head bytes too, but a long body has many of them: each
  // restarts the count.
  if (head_bytes_ > http_head_bytes_max) return refuse("the answer's head is longer than 32 KiB");
  line_ += taken;
  if (end == std::string_view::npos) {
    piece = {};
    return;
  }
  piece.remove_prefix(end + 1);
  if (line_.empty() || line_.back() != '\r')
    return refuse("a line of the answer does not end in CR LF");
  line_.pop_back();
  const std::string line = std::exchange(line_, {});
  if (line.find('\r') != std::string::npos || line.find('\0') != std::string::npos) {
    return refuse("a line of the answer holds a control character");
  }
  take_line(line);
}

void answer_reader::feed_body(std::string_view& piece) {
  std::string_view now = piece;
  if (at_ != part::body_to_end)
    now = now.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, now.size())));
  body_bytes_ += now.size();
  if (body_bytes_ > http_body_bytes_max) return refuse("the answer's body is longer than 256 MiB");
  checksum_ = static_cast<std::uint32_t>(
      crc32_z(checksum_, reinterpret_cast<const Bytef*>(now.data()), now.size()));
  if (keeps_body_) body_ += now;
  piece.remove_prefix(now.size());
  if (at_ == part::body_to_end) return;
  left_ -= now.size();
  if (left_ == 0) at_ = at_ == part::chunk ? part::chunk_end : part::done;
}

void answer_reader::take_line(std::string_view line) {
  switch (at_) {
    case part::status_line:
      return take_status(line);
    case part::header:
      if (line.empty()) return end_of_headers();
      return take_header(line);
    case part::chunk_size:
      return take_chunk_size(line);
    case part::chunk_end:
      if (!line.empty()) return refuse("a chunk of the answer is longer than it says");
      at_ = part::chunk_size;
      head_bytes_ = 0;
      return;
    case part::trailer:
      if (line.empty()) at_ = part::done;
      return;
    default:
      return;
  }
}

void answer_reader::take_status(std::string_view line) {
  // "HTTP/1.x NNN reason"
  const bool shaped = line.size() >= 12 &&
                      (line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ")) &&
                      (line.size() == 12 || line[12] == ' ');
  const auto number = shaped ? whole_number(line.substr(9, 3), 10) : std::nullopt;
  if (!number || *number < 100 || *number > 599)
    return refuse("it answered '" + printable(line) + "', which is not HTTP/1.1");
  status_ = static_cast<int>(*number);
  reason_ = line.size() > 13 ? printable(line.substr(13)) : std::string{};
  at_ = part::header;
}

void answer_reader::take_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || !all_visible(line.substr(0, colon))) {
    return refuse("the header line '" + printable(line) + "' is malformed");
  }
  const auto name = line.substr(0, colon);
  const auto value = trim(line.substr(colon + 1));
  if (same_word(name, "content-length")) {
    const auto number = whole_number(value, 10);
    if (!number || (length_ && *length_ != *number))
      return refuse("it states the length '" + printable(value) + "'");
    length_ = number;
  } else if (same_word(name, "transfer-encoding")) {
    if (chunked_ || !same_word(value, "chunked"))
      return refuse("it uses the transfer encoding '" + printable(value) + "'");
    chunked_ = true;
  } else if (same_word(name, "location")) {
    moved_to_ = printable(value);
  }
}

void answer_reader::end_of_headers() {
  if (status_ < 200) {  // 100 Continue and friends: the real answer follows
    at_ = part::status_line;
    length_.reset();
    chunked_ = false;
    return;
  }
  if (status_ != 200) {
    std::string why =
        "it answered " + std::to_string(status_) + (reason_.empty() ? "" : " " + reason_);
    if (status_ / 100 == 3 && !moved_to_.empty()) why += "; it moved to " + moved_to_;
    return refuse(std::move(why));
  }
  if (chunked_ && length_) return refuse("it states a length and sends chunks as well");
  if (length_ && *length_ > http_body_bytes_max)
    return refuse("the answer's body is longer than 256 MiB");
  head_bytes_ = 0;
  left_ = length_.value_or(0);
  if (chunked_) {
    at_ = part::chunk_size;
  } else if (!length_) {
    at_ = part::body_to_end;
  } else {
    at_ = left_ == 0 ? part::done : part::fixed_body;
  }
}

void answer_reader::take_chunk_size(std::string_view line) {
  const auto size = whole_number(trim(line.substr(0, line.find(';'))), 16);
  if (!size || *size > http_body_bytes_max)
    return refuse("it sends a chunk of size '" + printable(line) + "'");
  left_ = *size;
  head_bytes_ = 0;
  at_ = left_ == 0 ? part::trailer : part::chunk;
}

void answer_reader::finish() {
  if (at_ == part::body_to_end) at_ = part::done;
  if (at_ == part::done || !problem_.empty()) return;
  if (at_ == part::status_line && line_.empty())
    return refuse("it closed the connection without an answer");
  refuse("it closed the connection in the middle of its answer");
}

http_request parse_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return {{}, 400};
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return {{}, 505};
  if (!target.starts_with('/') || !all_visible(target)) return {{}, 400};
  if (target.size() > http_target_bytes_max) return {{}, 414};
  if (line.substr(0, first) != "GET") return {{}, 405};
  return {std::string(target), 0};
}

std::string http_answer_head(int status, std::uint64_t body_bytes) {
  const char* reason = "Error";
  switch (status) {
    case 200:
      reason = "OK";
      break;
    case 400:
      reason = "Bad Request";
      break;
    case 404:
      reason = "Not Found";
      break;
    case 405:
      reason = "Method Not Allowed";
      break;
    case 414:
      reason = "URI Too Long";
      break;
    case 505:
      reason = "HTTP Version Not Supported";
      break;
    default:
      break;
  }
  return "HTTP/1.1 " + std::to_string(status) + " " + reason +
         "\r\nContent-Type: application/octet-stream\r\nContent-Length: " +
         std::to_string(body_bytes) + "\r\nConnection: close\r\n\r\n";
}

}  // namespace tutti::cli::compare
