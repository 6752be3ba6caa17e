/// \file
/// As much of HTTP/1.1 (RFC 9112) as a comparison needs: an address, one GET, one answer. Strict
/// and bounded: whatever is longer or stranger than written here is refused with a sentence. Not a
/// client for anything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tutti::cli::compare {

inline constexpr std::size_t http_head_bytes_max =
    32U << 10U;  ///< status line and header lines together
inline constexpr std::uint64_t http_body_bytes_max = 256U << 20U;  ///< one body
inline constexpr std::size_t http_target_bytes_max = 4096;         ///< path and query of an address

/// Where a page lives: `http://host[:port][/path][?query]`.
struct http_address {
  std::string host;
  std::uint16_t port = 80;
  std::string target = "/";
};

/// The parts of `text`, or in `problem` the sentence that says what is wrong with it.
struct parsed_address {
  std::optional<http_address> address;
  std::string problem;
};
[[nodiscard]] parsed_address parse_address(std::string_view text);

/// The bytes of the question.
[[nodiscard]] std::string http_question(const http_address& where);

/// Reads one answer from whatever pieces the network gives, and keeps only its length and CRC-32.
/// With keep_body() the bytes themselves are kept too, never more than http_body_bytes_max.
/// feed() until wants_more() is false, or until the other side ends, then finish(). Nothing is kept
/// but one header line at a time, so a hostile server cannot make it grow.
class answer_reader {
 public:
  void keep_body() noexcept { keeps_body_ = true; }
  [[nodiscard]] const std::string& body() const noexcept { return body_; }

  /// Takes the next piece. After the end or a problem it takes nothing more.
  void feed(std::string_view piece);
  /// The connection ended: for a body without a stated length that is its end, else it is a
  /// problem.
  void finish();
  [[nodiscard]] bool wants_more() const noexcept { return at_ != part::done && problem_.empty(); }
  /// Empty when the answer was complete and 200.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] std::uint64_t body_bytes() const noexcept { return body_bytes_; }
  [[nodiscard]] std::uint32_t body_checksum() const noexcept { return checksum_; }

 private:
  enum class part {
    status_line,
    header,
    fixed_body,
    body_to_end,
    chunk_size,
    chunk,
    chunk_end,
    trailer,
    done
  };

  void feed_line(std::string_view& piece);
  void feed_body(std::string_view& piece);
  void take_line(std::string_view line);
  void take_status(std::string_view line);
  void take_header(std::string_view line);
  void take_chunk_size(std::string_view line);
  void end_of_headers();
  void refuse(std::string why);

  part at_ = part::status_line;
  std::string line_;
  std::size_t head_bytes_ = 0;
  int status_ = 0;
  std::string reason_;
  std::string moved_to_;
  std::optional<std::uint64_t> length_;
  bool chunked_ = false;
  std::uint64_t left_ = 0;  // of the fixed body or the current chunk
  std::uint64_t body_bytes_ = 0;
  std::uint32_t checksum_ = 0;
  bool keeps_body_ = false;
  std::string body_;
  std::string problem_;
};

/// What a server understood of a question.
struct http_request {
  std::string target;  ///< as sent, starting with '/'
  int refusal = 0;     ///< 0: fine; else the status to answer with
};

/// Reads the first line of a question; the header lines after it are not needed here.
[[nodiscard]] http_request parse_request_line(std::string_view line);

/// Status line and header lines of an answer, up to and including the empty line.
[[nodiscard]] std::string http_answer_head(int status, std::uint64_t body_bytes);

}  // namespace tutti::cli::compare
