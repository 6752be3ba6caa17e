#include <tutti/cli/compare/piece.hpp>

#include <array>
#include <exception>

#include <tutti/base/clock.hpp>
#include <tutti/cli/compare/crunch.hpp>
#include <tutti/cli/screen.hpp>
#include <tutti/sys/blocking_socket.hpp>
#include <tutti/sys/interrupt.hpp>
#include <tutti/sys/process_use.hpp>

namespace tutti::cli::compare {

namespace {

constexpr std::size_t block_bytes = 64U << 10U;

bool interrupted() noexcept { return sys::interrupt_watch::requested() != 0; }

item_result fetch_blocking(const piece& what) {
  auto connection = sys::blocking_socket::connect(what.host, what.port, fetch_limit, &interrupted);
  connection.write(http_question({what.host, what.port, what.target}));
  answer_reader reader;
  if (what.crunches) reader.keep_body();
  std::array<char, block_bytes> block;
  while (reader.wants_more()) {
    const std::size_t got = connection.read_some(block);
    if (got == 0) {
      reader.finish();
      break;
    }
    reader.feed({block.data(), got});
  }
  item_result out = judge_answer(what, reader);
  return out.problem.empty() && what.crunches ? crunch_bytes(reader.body()) : out;
}

}  // namespace

std::int64_t now_ns() noexcept { return clock::now().time_since_epoch().count(); }

void sign(item_result& result, std::int64_t began_ns) noexcept {
  const sys::process_use use = sys::this_process_use();
  result.began_ns = began_ns;
  result.ended_ns = now_ns();
  result.worker = use.process;
  result.worker_cpu_ns = use.cpu.count();
  result.worker_peak = use.peak_bytes;
}

item_result failed_piece(const piece& what, const std::string& why) {
  item_result out;
  out.problem = printable(what.name) + ": " + why;
  return out;
}

item_result judge_answer(const piece& what, const answer_reader& fetched) {
  if (!fetched.problem().empty()) return failed_piece(what, fetched.problem());
  if (what.knows_answer && (fetched.body_bytes() != what.answer_bytes ||
                            fetched.body_checksum() != what.answer_checksum)) {
    return failed_piece(
        what, "what arrived is not what the server has: " + std::to_string(fetched.body_bytes()) +
                  " bytes instead of " + std::to_string(what.answer_bytes));
  }
  item_result out;
  out.bytes = fetched.body_bytes();
  out.checksum = fetched.body_checksum();
  return out;
}

item_result do_piece(const piece& what) {
  const std::int64_t began = now_ns();
  item_result out;
  try {
    out = what.host.empty() ? crunch_file(what.path, &interrupted) : fetch_blocking(what);
  } catch (const std::exception& failure) {
    out = failed_piece(what, failure.what());
  }
  sign(out, began);
  return out;
}

}  // namespace tutti::cli::compare
