// The bundled server: real files from memory over HTTP/1.1, each answer after a stated time. It
// runs in a process of its own, so that its work is not counted to any model.
#include <zlib.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <unordered_map>

#include <tutti/base/error.hpp>
#include <tutti/cli/compare/http.hpp>
#include <tutti/cli/compare/workload.hpp>
#include <tutti/cli/screen.hpp>
#include <tutti/sys/thread.hpp>
#include <tutti/tutti.hpp>

namespace tutti::cli::compare {

namespace {

constexpr std::size_t request_bytes_max = 16U << 10U;
constexpr duration request_limit = std::chrono::seconds(10);
constexpr std::size_t connections_max = 8192;

// fixed before the first connection is accepted
struct store {
  std::unordered_map<std::string, std::string> files;  // by target
  duration latency{};
};

task<> answer(net::tcp_stream stream, const store* all) {
  const std::string head =
      co_await timeout(request_limit, stream.read_until("\r\n\r\n", request_bytes_max));
  const http_request question =
      parse_request_line(std::string_view(head).substr(0, head.find("\r\n")));
  const auto found = all->files.find(question.target);
  int status = question.refusal;
  if (status == 0) status = found == all->files.end() ? 404 : 200;
  co_await sleep(all->latency);
  const std::string_view body =
      status == 200 ? std::string_view(found->second) : std::string_view();
  const std::string reply = http_answer_head(status, body.size());
  co_await stream.write(reply);
  if (!body.empty()) co_await stream.write(body);
  co_await stream.shutdown_write();
}

// A client that leaves in the middle is its own affair.
task<> answer_or_drop(net::tcp_stream stream, const store* all) {
  try {
    co_await answer(std::move(stream), all);
  } catch (const std::exception&) {
  }
}

task<> serve_files(const store* all) {
  auto listener = net::listen({"127.0.0.1", 0}, {.backlog = 1024});
  std::printf("%u\n", static_cast<unsigned>(listener.local_endpoint().port()));
  std::fflush(stdout);
  auto handler = [all](net::tcp_stream stream) { return answer_or_drop(std::move(stream), all); };
  co_await net::serve(std::move(listener), handler, {.max_connections = connections_max});
}

bool read_number(const std::string& word, std::uint64_t& out) {
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), out);
  return code == std::errc{} && end == word.data() + word.size();
}

void load(store& all, const std::string& folder, std::size_t items, bool prefers_large) {
  for (const std::string& file : served_files(folder, items, prefers_large).files) {
    std::ifstream in(folder + "/" + file, std::ios::binary);
    all.files.emplace(target_of(file), std::string(std::istreambuf_iterator<char>(in), {}));
  }
}

}  // namespace

int run_server(const arguments& words) {
  std::uint64_t items = 0;
  std::uint64_t latency_ns = 0;
  const bool prefers_large = words.size() == 4 && words[3] == "large";
  if (words.size() != (prefers_large ? 4U : 3U) || !read_number(words[1], items) ||
      !read_number(words[2], latency_ns)) {
    std::fputs("tutti compare serve FOLDER ITEMS LATENCY_NS [large]: serves until its input ends\n",
               stderr);
    return exit_usage;
  }
  store all;
  all.latency = std::chrono::nanoseconds(latency_ns);
  try {
    load(all, words[0], items, prefers_large);
    // Whoever started us holds our standard input; however it ends, the kernel closes it.
    const sys::thread keeper("keeper", [] {
      while (std::getchar() != EOF) {
      }
      std::_Exit(0);
    });
    run_options options;
    options.handle_sigint = false;
    run(serve_files(&all), options);
  } catch (const std::exception& problem) {
    std::printf("%s\n", problem.what());
    return exit_cannot;
  }
  return exit_ok;
}

}  // namespace tutti::cli::compare
