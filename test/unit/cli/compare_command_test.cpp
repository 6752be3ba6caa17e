#include <tutti/cli/compare/workload.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include <tutti/cli/command.hpp>
#include <tutti/sys/helper_program.hpp>

namespace compare = tutti::cli::compare;

namespace {

struct outcome {
  int code = 0;
  std::string out;
  std::string err;
};

outcome tutti_program(const tutti::cli::arguments& words) {
  outcome got;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  got.code = tutti::cli::run_program(words);
  got.out = testing::internal::GetCapturedStdout();
  got.err = testing::internal::GetCapturedStderr();
  return got;
}

std::string small_folder() {
  static const std::string path = [] {
    const auto folder = std::filesystem::path(testing::TempDir()) / "tutti-compare-command";
    std::filesystem::create_directories(folder);
    for (int i = 0; i < 6; ++i)
      std::ofstream(folder / std::to_string(i)) << std::string(2000, static_cast<char>('a' + i));
    return folder.string();
  }();
  return path;
}

TEST(CompareCommand, AnUnknownOptionNamesTheNearest) {
  const auto got = tutti_program({"compare", "crunch", "--wrokers", "3"});
  EXPECT_EQ(got.code, 2);
  EXPECT_NE(got.err.find("no option '--wrokers'; did you mean '--workers'?"), std::string::npos)
      << got.err;
}

TEST(CompareCommand, AnUnknownWorkloadNamesTheNearest) {
  const auto got = tutti_program({"compare", "crnch"});
  EXPECT_EQ(got.code, 2);
  EXPECT_NE(got.err.find("did you mean 'crunch'?"), std::string::npos) << got.err;
  const auto far = tutti_program({"compare", "xyzzy"});
  EXPECT_NE(far.err.find("it is fetch, crunch, mixed, all or costs"), std::string::npos);
}

TEST(CompareCommand, BadValuesAreNamed) {
  EXPECT_NE(tutti_program({"compare", "crunch", "--workers", "0"}).err.find("1 to 4096"),
            std::string::npos);
  EXPECT_NE(tutti_program({"compare", "crunch", "--workers", "2,"}).err.find("comma"),
            std::string::npos);
  EXPECT_NE(tutti_program({"compare", "crunch", "--rounds", "2"}).err.find("from 3 to 1000"),
            std::string::npos);
  EXPECT_NE(tutti_program({"compare", "crunch", "a", "b"}).err.find("'b' is one word too many"),
            std::string::npos);
  EXPECT_NE(tutti_program({"compare", "all", "b"}).err.find("name fetch, crunch or mixed"),
            std::string::npos);
  EXPECT_NE(tutti_program({"compare", "fetch", "--latency", "10s"}).err.find("at most 5s"),
            std::string::npos);
  EXPECT_NE(tutti_program({"compare", "fetch", "ftp://x/"}).err.find("write http://host/path"),
            std::string::npos);
  EXPECT_NE(tutti_program({"compare", "crunch", "--list", "x"}).err.find("--list is for fetch"),
            std::string::npos);
}

TEST(CompareCommand, AFolderThatIsNotThereIsNamed) {
  const auto got = tutti_program({"compare", "crunch", "/no/such/folder"});
  EXPECT_EQ(got.code, 125);
  EXPECT_EQ(got.err, "tutti compare: there is no folder '/no/such/folder'\n");
}

TEST(CompareCommand, AListThatIsNotThereOrEmptyIsNamed) {
  EXPECT_NE(tutti_program({"compare", "fetch", "--list", "/no/such/list"})
                .err.find("cannot open the list '/no/such/list'"),
            std::string::npos);
  EXPECT_NE(tutti_program({"compare", "fetch", "--list", "/dev/null"}).err.find("holds no address"),
            std::string::npos);
}

TEST(CompareCommand, AnUnreachableHostIsNamedAndNothingIsTimed) {
  const auto got = tutti_program({"compare", "fetch", "http://127.0.0.1:1/page"});
  EXPECT_EQ(got.code, 1);
  EXPECT_NE(got.err.find("http://127.0.0.1:1/page: connecting to 127.0.0.1:1: Connection refused"),
            std::string::npos)
      << got.err;
  EXPECT_EQ(got.out, "");
  EXPECT_NE(
      tutti_program({"compare", "fetch", "http://no-such-host.invalid/"}).err.find("is not known"),
      std::string::npos);
}

TEST(CompareCommand, AFullDiskForTheReportIsSaid) {
  const auto got =
      tutti_program({"compare", "crunch", small_folder(), "--rounds", "3", "--html", "/dev/full"});
  EXPECT_EQ(got.code, 125);
  EXPECT_NE(got.err.find("cannot write '/dev/full': No space left on device"), std::string::npos)
      << got.err;
  EXPECT_NE(got.out.find("6 files"), std::string::npos);
}

TEST(CompareCommand, AReportThatCannotBeWrittenIsSaidBeforeTheWork) {
  const auto got =
      tutti_program({"compare", "crunch", small_folder(), "--html", "/no/such/folder/x.html"});
  EXPECT_EQ(got.code, 125);
  EXPECT_EQ(got.out, "");
}

TEST(CompareCommand, CrunchComparesEveryModelOnRealFiles) {
  const auto got = tutti_program({"compare", "crunch", small_folder(), "--rounds", "3", "--json"});
  EXPECT_EQ(got.code, 0) << got.err;
  const auto json = nlohmann::json::parse(got.out);
  const auto& one = json["comparisons"][0];
  EXPECT_EQ(one["items"], 6);
  EXPECT_EQ(one["bytes"], 12000);
  EXPECT_EQ(one["results_equal"], true);
  for (const auto& m : one["models"]) {
    EXPECT_EQ(m["failures"], 0) << m;
    EXPECT_EQ(m["samples"].size(), 3U) << m;
  }
}

// The models of a comparison that went well, as "name workers".
std::vector<std::string> models_of(const outcome& got) {
  std::vector<std::string> out;
  EXPECT_EQ(got.code, 0) << got.err;
  const auto json = nlohmann::json::parse(got.out);
  const auto& one = json["comparisons"][0];
  EXPECT_EQ(one["results_equal"], true) << one;
  for (const auto& m : one["models"]) {
    EXPECT_EQ(m["failures"], 0) << m;
    EXPECT_EQ(m["samples"].size(), 3U) << m;
    out.push_back(m["model"].get<std::string>() + " " + std::to_string(m["workers"].get<int>()));
  }
  return out;
}

TEST(CompareCommand, AnHttpErrorIsNamedAndAGoodPageIsCompared) {
  tutti::sys::helper_program server({TUTTI_PROGRAM, "compare", "serve", small_folder(), "6", "0"});
  const std::string at = "http://127.0.0.1:" + server.read_line(std::chrono::seconds(30));
  const auto missing = tutti_program({"compare", "fetch", at + "/missing"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.err.find(at + "/missing: it answered 404 Not Found"), std::string::npos)
      << missing.err;
  const auto some =
      tutti_program({"compare", "fetch", at + "/1", at + "/missing", "--rounds", "3", "--json"});
  EXPECT_EQ(some.code, 1);
  const auto one = nlohmann::json::parse(some.out)["comparisons"][0];
  EXPECT_EQ(one["models"][0]["failures"], 3);
  EXPECT_EQ(one["problems"][0], at + "/missing: it answered 404 Not Found");
  const auto good =
      tutti_program({"compare", "fetch", at + "/1", at + "/2", "--rounds", "3", "--json"});
  EXPECT_EQ(models_of(good).front(), "sequential 1");
}

TEST(CompareCommand, TheServerRefusesWhatItDoesNotKnow) {
  EXPECT_EQ(tutti_program({"compare", "serve"}).code, 2);
  EXPECT_EQ(tutti_program({"compare", "serve", small_folder(), "x", "0"}).code, 2);
  EXPECT_EQ(tutti_program({"compare", "serve", "/no/such/folder", "1", "0"}).code, 125);
}

TEST(CompareCommand, HelpShowsExamplesAndExitCodes) {
  const auto got = tutti_program({"compare", "--help"});
  EXPECT_EQ(got.code, 0);
  EXPECT_NE(got.out.find("examples:"), std::string::npos);
  EXPECT_NE(got.out.find("130"), std::string::npos);
}

TEST(CompareCommand, NamesOfFilesBecomeTargets) {
  EXPECT_EQ(compare::target_of("a/b.txt"), "/a/b.txt");
  EXPECT_EQ(compare::target_of("a b%\xff?#"), "/a%20b%25%FF%3F%23");
}

TEST(DoctorCommand, BadWordsAreNamed) {
  const auto option = tutti_program({"doctor", "--jsno"});
  EXPECT_EQ(option.code, 2);
  EXPECT_NE(option.err.find("no option '--jsno'; did you mean '--json'?"), std::string::npos)
      << option.err;
  const auto word = tutti_program({"doctor", "machine"});
  EXPECT_EQ(word.code, 2);
  EXPECT_NE(word.err.find("'machine' is one word too many"), std::string::npos) << word.err;
  const auto command = tutti_program({"docter"});
  EXPECT_EQ(command.code, 2);
  EXPECT_NE(command.err.find("did you mean 'doctor'?"), std::string::npos) << command.err;
}

TEST(DoctorCommand, PrintsOneBlockOrJson) {
  const auto text = tutti_program({"doctor"});
  EXPECT_NE(text.out.find("io_uring"), std::string::npos);
  EXPECT_NE(text.out.find("effective of"), std::string::npos);
  const auto json = nlohmann::json::parse(tutti_program({"doctor", "--json"}).out);
  EXPECT_GT(json["findings"].size(), 10U);
  EXPECT_EQ(tutti_program({"doctor", "--jsno"}).code, 2);
}

}  // namespace
