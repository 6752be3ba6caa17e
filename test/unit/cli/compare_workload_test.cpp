#include <tutti/cli/compare/crunch.hpp>

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include <tutti/base/error.hpp>
#include <tutti/cli/compare/corpus.hpp>

namespace compare = tutti::cli::compare;
namespace fs = std::filesystem;

namespace {

// A folder of this test's own, gone at the end.
struct folder {
  fs::path path;
  folder() {
    std::random_device random;
    path = fs::temp_directory_path() / ("tutti-compare-" + std::to_string(random()));
    fs::create_directories(path);
  }
  ~folder() {
    std::error_code code;
    fs::remove_all(path, code);
  }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << text;
  }
};

std::string message(const std::string& root) {
  try {
    (void)compare::find_files(root, {});
  } catch (const tutti::error& e) {
    return e.what();
  }
  return {};
}

TEST(CompareCrunch, AFileAndItsBytesGiveTheSame) {
  const folder f;
  std::string text;
  for (unsigned i = 0; i < 100'000; ++i) text += std::to_string(i * i) + "\n";
  f.write("a", text);
  const auto file = compare::crunch_file((f.path / "a").string(), nullptr);
  const auto bytes = compare::crunch_bytes(text);
  EXPECT_EQ(file.problem, "");
  EXPECT_TRUE(compare::same_work(file, bytes));
  EXPECT_EQ(file.bytes, text.size());
  EXPECT_LT(file.packed_bytes, text.size() / 2);
  EXPECT_GT(file.packed_bytes, 0U);
}

TEST(CompareCrunch, KnownChecksumAndEmptyInput) {
  EXPECT_EQ(compare::crunch_bytes("123456789").checksum, 0xCBF43926U);
  const auto empty = compare::crunch_bytes("");
  EXPECT_EQ(empty.bytes, 0U);
  EXPECT_EQ(empty.packed_bytes, 8U);  // zlib's header, an empty block and its checksum
}

TEST(CompareCrunch, WhatCannotBeReadIsNamed) {
  EXPECT_EQ(compare::crunch_file("/no/such/file", nullptr).problem,
            "cannot open /no/such/file: No such file or directory");
  EXPECT_NE(compare::crunch_file("/", nullptr).problem, "");
}

TEST(CompareCrunch, StopsWhenToldTo) {
  const folder f;
  f.write("a", "text");
  EXPECT_EQ(compare::crunch_file((f.path / "a").string(), +[]() noexcept { return true; }).problem,
            "given up on request");
}

TEST(CompareCorpus, FindsEveryFileInOrderAndFollowsNoLink) {
  const folder f;
  f.write("b/2", "22");
  f.write("a", "1");
  f.write("b/c/3", "333");
  f.write("empty", "");
  fs::create_symlink(f.path / "a", f.path / "link");
  fs::create_directory_symlink(f.path, f.path / "loop");
  const auto got = compare::find_files(f.path.string(), {});
  EXPECT_EQ(got.files, (std::vector<std::string>{"a", "b/2", "b/c/3"}));
  EXPECT_EQ(got.sizes, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(got.bytes, 6U);
  EXPECT_EQ(got.skipped, 0U);
}

TEST(CompareCorpus, LimitsKeepAnEvenSpread) {
  const folder f;
  for (int i = 10; i < 20; ++i) f.write(std::to_string(i), "0123456789");
  compare::corpus_limits limits;
  limits.files_max = 5;
  const auto five = compare::find_files(f.path.string(), limits);
  EXPECT_EQ(five.files, (std::vector<std::string>{"10", "12", "14", "16", "18"}));
  EXPECT_EQ(five.skipped, 5U);
  compare::corpus_limits small;
  small.bytes_max = 25;
  EXPECT_EQ(compare::find_files(f.path.string(), small).files.size(), 2U);
}

TEST(CompareCorpus, TheLargestMayBePreferred) {
  const folder f;
  for (const int size : {3, 9, 1, 9, 5, 9}) {
    static int n = 0;
    f.write("file" + std::to_string(n++), std::string(static_cast<std::size_t>(size), 'x'));
  }
  compare::corpus_limits limits;
  limits.files_max = 2;
  limits.prefers_large = true;
  const auto two = compare::find_files(f.path.string(), limits);
  EXPECT_EQ(two.files, (std::vector<std::string>{"file1", "file3"}));
  EXPECT_EQ(two.skipped, 4U);
}

TEST(CompareCorpus, BadFoldersAreNamed) {
  EXPECT_EQ(message("/no/such/folder"), "there is no folder '/no/such/folder'");
  EXPECT_EQ(message("/etc/passwd"), "'/etc/passwd' is not a folder");
  const folder f;
  EXPECT_EQ(message(f.path.string()),
            "there is no file to work on below '" + f.path.string() + "'");
  EXPECT_TRUE(fs::is_directory(compare::usual_folder()));
}

// Root may read everything, so for as long as this lives root is nobody.
struct as_nobody {
  as_nobody() : was_root(::geteuid() == 0 && ::seteuid(65534) == 0) {}
  ~as_nobody() {
    if (was_root && ::seteuid(0) != 0) std::abort();
  }
  bool was_root;
};

TEST(CompareCorpus, AFolderThatMayNotBeReadIsSaidSo) {
  const folder f;
  f.write("in/a", "x");
  f.write("out/b", "y");
  fs::permissions(f.path / "in", fs::perms::none);
  {
    const as_nobody now;
    EXPECT_NE(message((f.path / "in").string()).find("cannot be read: Permission denied"),
              std::string::npos);
    const auto rest = compare::find_files(f.path.string(), {});
    EXPECT_EQ(rest.files, std::vector<std::string>{"out/b"});
    EXPECT_EQ(rest.unreadable_count, 1U);
    EXPECT_EQ(rest.unreadable, std::vector<std::string>{(f.path / "in").string()});
  }
  fs::permissions(f.path / "in", fs::perms::owner_all);
}

}  // namespace
