// How `tutti compare` ends when it is not left alone: Ctrl-C, a killed worker, a killed program.
// These start the real program, since signals and processes are what they are about.
#include <tutti/cli/command.hpp>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

extern char** environ;

namespace {

struct process_line {
  int id = 0;
  int session = 0;
  char state = 0;
  unsigned long user_ticks = 0;
  std::string name;
};

// /proc/ID/stat: "id (name) state parent group session ..."
std::vector<process_line> processes_of_session(int session) {
  std::vector<process_line> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "stat");
    std::string text;
    if (!std::getline(in, text)) continue;
    const auto open = text.find('(');
    const auto close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos) continue;
    process_line line;
    int parent = 0;
    int group = 0;
    const int read =
        std::sscanf(text.c_str() + close + 1, " %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %lu",
                    &line.state, &parent, &group, &line.session, &line.user_ticks);
    if (read != 5 || line.session != session || line.state == 'Z') continue;
    line.id = std::atoi(text.c_str());
    line.name = text.substr(open + 1, close - open - 1);
    out.push_back(line);
  }
  return out;
}

// The program under test in a session of its own; what it says is read through pipes.
class program {
 public:
  explicit program(std::vector<std::string> words, const char* output = nullptr) {
    words.insert(words.begin(), TUTTI_PROGRAM);
    std::vector<char*> argv;
    for (auto& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) std::abort();
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    if (output != nullptr)
      posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY, 0);
    else
      posix_spawn_file_actions_adddup2(&files, out[1], 1);
    posix_spawn_file_actions_adddup2(&files, err[1], 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    if (posix_spawn(&id_, TUTTI_PROGRAM, &files, &attributes, argv.data(), environ) != 0)
      std::abort();
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    close(out[1]);
    close(err[1]);
    out_ = out[0];
    err_ = err[0];
  }
  ~program() {
    for (const auto& p : processes_of_session(id_)) kill(p.id, SIGKILL);
    close(out_);
    close(err_);
  }

  int id() const { return id_; }

  // Reads standard error until `words` were said; what was read is returned.
  std::string read_until(const std::string& words) {
    std::string text;
    char c = 0;
    while (text.find(words) == std::string::npos && read(err_, &c, 1) == 1) text += c;
    return text;
  }
  // Standard error and output to their ends: whoever of its children holds one of them keeps this
  // waiting.
  std::string rest_of_errors() { return drain(err_); }
  std::string output() { return drain(out_); }

  bool has_ended() {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == id_;
  }
  int status() {
    int got = 0;
    waitpid(id_, &got, 0);
    return got;
  }

 private:
  static std::string drain(int fd) {
    std::string text;
    std::array<char, 4096> room{};
    for (ssize_t n = read(fd, room.data(), room.size()); n > 0;
         n = read(fd, room.data(), room.size())) {
      text.append(room.data(), static_cast<std::size_t>(n));
    }
    return text;
  }
  pid_t id_ = 0;
  int out_ = -1;
  int err_ = -1;
};

std::string folder_of(int files, int numbers = 5000) {
  const auto folder =
      std::filesystem::path(testing::TempDir()) / ("tutti-compare-end-" + std::to_string(files));
  std::filesystem::create_directories(folder);
  for (int i = 0; i < files; ++i) {
    std::string text;
    for (int k = 0; k < numbers; ++k) text += std::to_string(i * k) + " ";
    std::ofstream(folder / std::to_string(i)) << text;
  }
  return folder.string();
}

// What is told to end, or has lost its parent, ends in its own time.
void wait_for_the_end_of(int session) {
  while (!processes_of_session(session).empty()) {
  }
}

void expect_ended_by(int signal, const std::vector<std::string>& words) {
  program p(words);
  p.read_until("timing, round");
  kill(p.id(), signal);
  const std::string said = p.rest_of_errors();
  const int status = p.status();
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 128 + signal) << said;
  EXPECT_NE(said.find("interrupted; nothing is left running"), std::string::npos) << said;
  wait_for_the_end_of(p.id());
}

TEST(CompareEnd, CtrlCInTheMiddleOfComputing) {
  expect_ended_by(SIGINT, {"compare", "crunch", folder_of(40), "--rounds", "1000"});
}

TEST(CompareEnd, CtrlCInTheMiddleOfFetching) {
  expect_ended_by(SIGINT, {"compare", "fetch", "--items", "16", "--rounds", "1000"});
}

TEST(CompareEnd, CtrlCWhileTheServerTakesItsTime) {
  program p({"compare", "fetch", "--items", "16", "--latency", "5s"});
  p.read_until("checking");
  kill(p.id(), SIGINT);
  const std::string said = p.rest_of_errors();
  EXPECT_EQ(WEXITSTATUS(p.status()), 130) << said;
  wait_for_the_end_of(p.id());
}

TEST(CompareEnd, CtrlCInTheMiddleOfBoth) {
  expect_ended_by(SIGINT, {"compare", "mixed", "--items", "16", "--rounds", "1000"});
}

TEST(CompareEnd, TermInTheMiddleOfComputing) {
  expect_ended_by(SIGTERM, {"compare", "crunch", folder_of(40), "--rounds", "1000"});
}

TEST(CompareEnd, AKilledWorkerFailsItsPieceAndTheRestGoesOn) {
  program p(
      {"compare", "crunch", folder_of(4, 150'000), "--rounds", "3", "--workers", "2", "--json"});
  p.read_until("timing, round");
  // Only one that computes: killing an idle worker hurts nobody, it is replaced in silence.
  bool killed = false;
  while (!killed && !p.has_ended()) {
    for (const auto& one : processes_of_session(p.id())) {
      const bool computes = one.state == 'R' && one.user_ticks >= 3;
      if (one.name.starts_with("compare-") && computes) killed = kill(one.id, SIGKILL) == 0;
      if (killed) break;
    }
  }
  ASSERT_TRUE(killed);
  const auto json = nlohmann::json::parse(p.output());
  const int status = p.status();
  EXPECT_EQ(WEXITSTATUS(status), 1);
  const auto& one = json["comparisons"][0];
  EXPECT_EQ(one["results_equal"], true);
  for (const auto& m : one["models"]) {
    EXPECT_EQ(m["samples"].size(), 3U);
    if (m["model"] == "processes") {
      EXPECT_GE(m["failures"], 1);
    } else {
      EXPECT_EQ(m["failures"], 0);
    }
  }
  ASSERT_FALSE(one["problems"].empty());
  EXPECT_NE(one["problems"][0].get<std::string>().find("SIGKILL"), std::string::npos)
      << one["problems"];
}

TEST(CompareEnd, AKilledProgramLeavesNothingBehind) {
  program p({"compare", "crunch", folder_of(40), "--rounds", "1000", "--workers", "2"});
  p.read_until("timing, round");
  kill(p.id(), SIGKILL);
  (void)p.status();
  wait_for_the_end_of(p.id());
}

TEST(CompareEnd, AFullDiskForWhatIsPrintedIsSaid) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"doctor"},
        {"doctor", "--json"},
        {"advise", "--task", "cpu"},
        {"--help"},
        {"compare", "crunch", folder_of(4), "--rounds", "3"}}) {
    program p(words, "/dev/full");
    const std::string said = p.rest_of_errors();
    EXPECT_EQ(WEXITSTATUS(p.status()), 125) << words.front() << said;
    EXPECT_NE(said.find("cannot write"), std::string::npos) << words.front() << said;
  }
}

// The models of a comparison in which all went well, as "name workers".
std::vector<std::string> models_of(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  program p(words);
  const std::string said = p.output();
  EXPECT_EQ(WEXITSTATUS(p.status()), 0) << p.rest_of_errors();
  const auto json = nlohmann::json::parse(said);
  const auto& one = json["comparisons"][0];
  EXPECT_EQ(one["results_equal"], true) << one;
  for (const auto& m : one["models"]) {
    EXPECT_EQ(m["failures"], 0) << m;
    EXPECT_EQ(m["samples"].size(), 3U) << m;
    out.push_back(m["model"].get<std::string>() + " " + std::to_string(m["workers"].get<int>()));
  }
  return out;
}

TEST(CompareEnd, FetchComparesEveryModelOnRealFiles) {
  const std::vector<std::string> want{"sequential 1", "processes 8", "threads 8",
                                      "coroutines 8", "threads 12",  "coroutines 12"};
  EXPECT_EQ(models_of({"compare", "fetch", "--items", "12", "--latency", "1ms", "--rounds", "3",
                       "--json"}),
            want);
}

TEST(CompareEnd, MixedAddsTheHybrids) {
  const std::vector<std::string> want{"sequential 1", "processes 6", "threads 6",
                                      "coroutines 6", "hybrid 6",    "hybrid (processes) 6"};
  EXPECT_EQ(models_of({"compare", "mixed", "--items", "6", "--latency", "1ms", "--rounds", "3",
                       "--json"}),
            want);
}

}  // namespace
