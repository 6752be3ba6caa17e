#include <tutti/cli/doctor/examine.hpp>

#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace doctor = tutti::cli::doctor;
using doctor::verdict;

namespace {

doctor::symptoms healthy() {
  doctor::symptoms s;
  s.version = "1.2.3";
  s.compiler = "clang 19";
  s.standard_library = "libstdc++ 12";
  s.build = "optimised, C++20";
  s.machine.system = "Linux 6.1 x86_64";
  s.machine.c_library = "glibc 2.36";
  s.machine.memory_bytes = 8ULL << 30U;
  s.machine.open_files = {65536, 65536};
  s.machine.has_pidfd = true;
  s.cpus_seen = 2;
  s.effective_cores = 1.9;
  s.pressures = {{"cpu", 1.5}, {"io", 0.0}, {"memory", 0.0}};
  return s;
}

doctor::finding find(const std::vector<doctor::finding>& all, const std::string& name) {
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const auto& f) { return f.name == name; });
  EXPECT_NE(at, all.end()) << name;
  return at == all.end() ? doctor::finding{} : *at;
}

TEST(DoctorExamine, AHealthyMachineIsAllFine) {
  const auto got = doctor::examine(healthy());
  for (const auto& f : got) EXPECT_EQ(f.says, verdict::fine) << f.name;
  EXPECT_NE(doctor::as_text(got).find("all fine"), std::string::npos);
  EXPECT_EQ(find(got, "cores").value, "1.9 effective of 2 seen");
}

TEST(DoctorExamine, FewOpenFilesAreANoteAndVeryFewAreBad) {
  auto s = healthy();
  s.machine.open_files = {1024, 65536};
  EXPECT_EQ(find(doctor::examine(s), "open-files").says, verdict::note);
  EXPECT_NE(find(doctor::examine(s), "open-files").advice.find("ulimit -n 65536"),
            std::string::npos);
  s.machine.open_files = {64, 64};
  const auto bad = find(doctor::examine(s), "open-files");
  EXPECT_EQ(bad.says, verdict::bad);
  EXPECT_NE(bad.advice.find("administrator"), std::string::npos);
  EXPECT_NE(doctor::as_text(doctor::examine(s)).find("1 to mend (!)"), std::string::npos);
  s.machine.open_files = {std::nullopt, std::nullopt};
  EXPECT_EQ(find(doctor::examine(s), "open-files").value, "unlimited");
}

TEST(DoctorExamine, WithoutIoUringItSaysWhatIsUsed) {
  auto s = healthy();
  s.machine.io_uring_refusal = "Operation not permitted";
  const auto got = find(doctor::examine(s), "io_uring");
  EXPECT_EQ(got.says, verdict::note);
  EXPECT_EQ(got.value, "not available: Operation not permitted");
  EXPECT_NE(got.advice.find("epoll is used"), std::string::npos);
  s.machine.io_uring_refusal.clear();
  s.machine.io_uring_is_plain = true;
  EXPECT_EQ(find(doctor::examine(s), "io_uring").says, verdict::note);
}

TEST(DoctorExamine, ABusyMachineAndASanitizedBuildAreNotes) {
  auto s = healthy();
  s.effective_cores = 1.0;
  s.pressures[0].some_avg60 = 45;
  s.pressures[1].some_avg60 = std::nullopt;
  s.build = "not optimised, address sanitizer, C++20";
  const auto got = doctor::examine(s);
  EXPECT_EQ(find(got, "cores").says, verdict::note);
  EXPECT_EQ(find(got, "pressure-cpu").says, verdict::note);
  EXPECT_EQ(find(got, "pressure-io").value, "unknown");
  EXPECT_EQ(find(got, "build").says, verdict::note);
}

TEST(DoctorExamine, NoPidfdIsBad) {
  auto s = healthy();
  s.machine.has_pidfd = false;
  EXPECT_EQ(find(doctor::examine(s), "pidfd").says, verdict::bad);
}

TEST(DoctorExamine, JsonHoldsTheSame) {
  auto s = healthy();
  s.machine.system = "Linux \xff";
  const auto got = nlohmann::json::parse(doctor::as_json(doctor::examine(s)));
  EXPECT_EQ(got["findings"].size(), doctor::examine(s).size());
  EXPECT_EQ(got["findings"][0]["name"], "tutti");
  EXPECT_EQ(got["findings"][0]["verdict"], "fine");
}

TEST(DoctorPressure, ReadsTheMinuteAndNothingElse) {
  EXPECT_EQ(doctor::read_pressure(
                "some avg10=0.10 avg60=1.25 avg300=0.00 total=5\nfull avg10=0.00 avg60=9.00"),
            1.25);
  for (const char* bad :
       {"", "full avg60=1", "some", "some avg60=", "some avg60=x", "some avg60=-1",
        "some avg60=101", "some avg60=1.5x", "some avg10=0\nfull avg60=3"}) {
    EXPECT_EQ(doctor::read_pressure(bad), std::nullopt) << bad;
  }
}

}  // namespace
