// Runs every program of the corpus under `tutti advise` and compares verdicts: corpus_check TUTTI
// CORPUS [quiet|loaded]. A verdict must be right, or the report must say "low" confidence or that
// the machine was busy. Nothing here measures time: how busy this machine is decides how many
// verdicts are proud ones, not whether the test passes.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

struct entry {
  std::string name;
  std::set<std::string> right;  // any of these kinds
  std::string command;          // %C corpus, %P port, %Y python
};

const std::vector<entry> table{
    {"busy loop, C++", {"cpu_serial"}, "%C busy 1.2"},
    {"busy loop, shell",
     {"cpu_serial"},
     "sh -c 'i=0; while [ $i -lt 1500000 ]; do i=$((i+1)); done'"},
    {"busy loop, python",
     {"cpu_serial"},
     "%Y -c 'import time\nt=time.time()+1.2\nwhile time.time()<t: sum(range(1000))'"},
    {"8 busy threads", {"saturated", "cpu_parallel"}, "%C busy_threads 1.2"},
    {"4 busy processes", {"saturated", "cpu_parallel"}, "%C busy_processes 1.2"},
    {"reads of /dev/zero", {"syscall_bound"}, "%C zero_reads 1.2"},
    {"writes to /dev/null", {"syscall_bound"}, "%C null_writes 1.2"},
    {"one socket", {"network_serial"}, "%C socket 1.2 %P"},
    {"one socket, poll first", {"network_serial"}, "%C socket_poll 1.2 %P"},
    {"one socket, python",
     {"network_serial"},
     "%Y -c 'import "
     "socket,time\ns=socket.create_connection((\"127.0.0.1\",%P))\nt=time.time()+1.2\nwhile "
     "time.time()<t:\n "
     "s.sendall(b\"x\"); s.recv(1)'"},
    {"32 threads on sockets", {"network_overlapped"}, "%C socket_threads 1.2 %P"},
    {"6 processes on sockets", {"network_overlapped"}, "%C socket_processes 1.2 %P"},
    {"half socket, half compute", {"mixed"}, "%C mixed 1.2 %P"},
    {"poll, then compute", {"mixed"}, "%C mixed_poll 1.2 %P"},
    {"direct reads", {"disk"}, "%C direct 1.5"},
    {"write and fsync", {"disk"}, "%C fsync 1.5"},
    {"8 threads, one lock", {"lock_bound"}, "%C lock 1.2"},
    {"a lock held over a request", {"lock_bound"}, "%C lock_waiting 1.2 %P"},
    {"idle pool, condition", {"idle_pool"}, "%C pool_condition 1.2"},
    {"idle pool, semaphore", {"idle_pool"}, "%C pool_semaphore 1.2"},
    {"short children, C++", {"children"}, "%C children 1.2"},
    {"short children, shell",
     {"children"},
     "sh -c 'for i in 1 2 3 4 5 6 7 8; do sh -c \"i=0; while [ \\$i -lt 90000 ]; do i=\\$((i+1)); "
     "done\"; done'"},
    {"pipeline",
     {"children"},
     "sh -c 'yes abcdefgh | head -c 1600000000 | tr a-h b-i | tail -c 1 >/dev/null'"},
    {"sleeping loop", {"timer"}, "%C sleeps 1.2"},
    {"select as a sleep", {"timer"}, "%C select_sleeps 1.2"},
    {"4 sleeping threads", {"timer"}, "%C sleeping_threads 1.2"},
    {"sleeping loop, python",
     {"timer"},
     "%Y -c 'import time\nfor i in range(60): time.sleep(0.02)'"},
    {"epoll, 64 sockets", {"event_loop"}, "%C epoll 1.2 %P"},
    {"epoll, full loop", {"event_loop"}, "%C epoll_full 1.2 %P"},
    {"poll, 16 sockets", {"event_loop"}, "%C poll_loop 1.2 %P"},
    {"asyncio",
     {"event_loop"},
     "%Y -c 'import asyncio\nasync def one():\n r,w=await "
     "asyncio.open_connection(\"127.0.0.1\",%P)\n for i in range(80):\n  "
     "w.write(b\"x\"); await r.read(1)\nasync def main():\n await asyncio.gather(*[one() for i in "
     "range(8)])\nasyncio.run(main())'"},
    {"4 python threads",
     {"interpreter_lock"},
     "%Y -c 'import threading,time\nt=time.time()+1.5\ndef f():\n while time.time()<t: "
     "sum(range(1000))\nx=[threading.Thread(target=f) "
     "for i in range(4)]\n[a.start() for a in x]\n[a.join() for a in x]'"},
    {"2 python threads",
     {"interpreter_lock"},
     "%Y -c 'import threading,time\nt=time.time()+1.5\ndef f():\n while time.time()<t: "
     "sum(range(1000))\nx=[threading.Thread(target=f) "
     "for i in range(2)]\n[a.start() for a in x]\n[a.join() for a in x]'"},
    {"server without clients", {"idle_server"}, "%C idle_server 1.2"},
    {"stopped", {"stopped"}, "%C stopped 1.2"},
};

std::string fill(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

struct outcome {
  std::string kind, confidence, fired_by;
  bool is_busy = false;
  bool is_there = false;
  double observer = 0;
};

outcome run(const std::string& tutti, const std::string& command, const std::string& file) {
  const std::string line =
      "'" + tutti + "' advise -q --json '" + file + "' -- " + command + " 2>/dev/null >/dev/null";
  outcome out;
  if (std::system(line.c_str()) == -1) return out;
  std::ifstream in(file);
  const auto json = nlohmann::json::parse(in, nullptr, false);
  if (json.is_discarded()) return out;
  out.is_there = true;
  out.kind = json["verdict"]["kind"];
  out.confidence = json["verdict"]["confidence"];
  out.fired_by = json["verdict"]["fired_by"];
  out.is_busy = json["verdict"]["is_machine_busy"];
  out.observer = json["observer_share"];
  std::remove(file.c_str());
  return out;
}

// A program that runs beside us and ends with us: its input is a pipe of ours.
class companion {
 public:
  explicit companion(const std::string& command) : pipe_(popen(command.c_str(), "w")) {}
  ~companion() {
    if (pipe_ != nullptr) pclose(pipe_);
  }
  companion(const companion&) = delete;
  companion& operator=(const companion&) = delete;

 private:
  std::FILE* pipe_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string tutti = argv[1];
  const std::string corpus = argv[2];
  const bool is_loaded = argc > 3 && std::string(argv[3]) == "loaded";
  const std::string only = argc > 4 ? argv[4] : "";
  const std::string scratch = corpus + "." + (is_loaded ? "loaded" : "quiet");
  const std::string port_file = scratch + ".port";
  const companion server("exec '" + corpus + "' serve > '" + port_file + "'");
  std::string port;
  while (port.empty()) {  // the server writes its port as soon as it listens
    std::ifstream in(port_file);
    std::getline(in, port);
    if (in.eof()) port.clear();
  }
  std::remove(port_file.c_str());
  const std::string burn =
      "sh -c 'while :; do :; done & a=$!; while :; do :; done & b=$!; read x; kill $a $b'";
  const std::unique_ptr<companion> neighbour =
      is_loaded ? std::make_unique<companion>(burn) : nullptr;
  const bool has_python = std::system("/usr/bin/python3 -c 1 2>/dev/null") == 0;
  int wrong = 0, proud = 0, modest = 0, left_out = 0;
  for (const entry& e : table) {
    if (!only.empty() && e.name.find(only) == e.name.npos) continue;
    const bool wants_python = e.command.find("%Y") != e.command.npos;
    if (wants_python && !has_python) {
      ++left_out;
      continue;
    }
    std::string command = fill(fill(e.command, "%C", "'" + corpus + "'"), "%P", port);
    command = fill(command, "%Y", "/usr/bin/python3");
    const outcome got = run(tutti, command, scratch + ".json");
    const bool is_right = e.right.count(got.kind) != 0;
    const bool is_modest = got.is_there && (got.confidence == "low" || got.is_busy);
    proud += is_right ? 1 : 0;
    modest += !is_right && is_modest ? 1 : 0;
    wrong += !is_right && !is_modest ? 1 : 0;
    std::printf("%-5s %-27s %-18s %-6s %s %.1f%%  %s\n",
                is_right    ? "right"
                : is_modest ? "low"
                            : "WRONG",
                e.name.c_str(), got.kind.c_str(), got.confidence.c_str(),
                got.is_busy ? "busy" : "    ", got.observer * 100, got.fired_by.c_str());
    std::fflush(stdout);
  }
  std::printf("%d right, %d wrong but said so, %d wrong, %d left out\n", proud, modest, wrong,
              left_out);
  return wrong == 0 ? 0 : 1;
}
