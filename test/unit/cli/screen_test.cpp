#include <tutti/cli/screen.hpp>

#include <gtest/gtest.h>

#include <tutti/cli/command.hpp>
#include <tutti/cli/html_page.hpp>
#include <tutti/cli/options.hpp>

namespace tutti::cli {
namespace {

TEST(screen, a_bar_shows_small_shares_as_a_dot) {
  EXPECT_EQ(bar(0, 10), "");
  EXPECT_EQ(bar(0.004, 10), ".");
  EXPECT_EQ(bar(0.5, 10), "#####");
  EXPECT_EQ(bar(7, 10), "##########");
  EXPECT_EQ(bar(-1, 10), "");
}

TEST(screen, text_from_outside_cannot_move_the_cursor) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(printable("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(printable("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(printable("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80");
}

TEST(screen, numbers_are_shown_with_a_fitting_unit) {
  EXPECT_EQ(show_seconds(12.42), "12.4 s");
  EXPECT_EQ(show_seconds(0.25), "250 ms");
  EXPECT_EQ(show_seconds(0.02), "20.0 ms");
  EXPECT_EQ(show_seconds(125), "2 min 05 s");
  EXPECT_EQ(show_bytes(12.5 * 1024), "12 KiB");
  EXPECT_EQ(show_bytes(14.0 * 1024 * 1024 * 1024), "14 GiB");
  EXPECT_EQ(show_percent(0.94), "94 %");
  EXPECT_EQ(show_percent(0.002), "0.2 %");
}

TEST(screen, tables_line_up) {
  table t({false, true});
  t.row({"a", "10"});
  t.row({"long", "5"});
  EXPECT_EQ(t.str(), "  a     10\n  long   5\n");
}

TEST(screen, fitting_counts_columns_and_not_bytes) {
  EXPECT_EQ(fit_left("caf\xc3\xa9!", 4), "caf\xc3\xa9");
  EXPECT_EQ(fit_right("ab", 4), "  ab");
  EXPECT_EQ(shown_width("\x1b[1mab\x1b[0m"), 2U);
}

TEST(screen, wraps_at_spaces) {
  EXPECT_EQ(wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
}

TEST(nearest_name, forgives_slips_and_nothing_else) {
  const std::string_view names[] = {"advise", "compare", "doctor"};
  EXPECT_EQ(nearest_name("adivse", names), "advise");
  EXPECT_EQ(nearest_name("comp", names), "compare");
  EXPECT_EQ(nearest_name("zebra", names), "");
  EXPECT_EQ(nearest_name("", names), "");
}

TEST(options, durations) {
  using namespace std::chrono_literals;
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("50ms"), 50ms);
  EXPECT_EQ(parse_duration("1.5"), 1500ms);
  EXPECT_EQ(parse_duration("2min"), 120s);
  for (const char* bad : {"", ".", "s", "1x", "-3s", "1.2.3s", "99999999999999999h", "1e9"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

struct parsed {
  std::optional<int> code;
  arguments rest;
  bool quiet = false;
  std::string word;
};

parsed parse(const arguments& args, bool with_positional) {
  parsed p;
  options o("thing", "does things");
  o.flag("-q,--quiet", p.quiet, "less");
  if (with_positional) o.positional("KIND", p.word, "which");
  o.rest("CMD", p.rest, "program");
  p.code = o.parse(args);
  return p;
}

TEST(options, what_belongs_to_the_watched_program_is_left_alone) {
  const parsed a = parse({"-q", "--", "ls", "--help", "-q"}, false);
  EXPECT_FALSE(a.code);
  EXPECT_TRUE(a.quiet);
  EXPECT_EQ(a.rest, (arguments{"ls", "--help", "-q"}));
  const parsed b = parse({"ls", "--quiet"}, false);
  EXPECT_FALSE(b.code);
  EXPECT_FALSE(b.quiet);
  EXPECT_EQ(b.rest, (arguments{"ls", "--quiet"}));
  const parsed c = parse({"make", "--", "x"}, false);
  EXPECT_FALSE(c.code);
  EXPECT_EQ(c.rest, (arguments{"make", "--", "x"}));
}

TEST(options, a_positional_stands_before_or_after_options) {
  const parsed a = parse({"io", "-q"}, true);
  const parsed b = parse({"-q", "io", "--", "x"}, true);
  EXPECT_FALSE(a.code);
  EXPECT_FALSE(b.code);
  EXPECT_EQ(a.word, "io");
  EXPECT_EQ(b.word, "io");
  EXPECT_EQ(b.rest, (arguments{"x"}));
  EXPECT_TRUE(a.quiet && b.quiet);
}

TEST(options, unknown_options_name_the_nearest_one) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(parse({"--queit"}, false).code, exit_usage);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("did you mean '--quiet'?"),
            std::string::npos);
  testing::internal::CaptureStderr();
  EXPECT_EQ(parse({"io", "more"}, true).code, exit_usage);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("one word too many"), std::string::npos);
}

TEST(html, nothing_from_outside_becomes_markup) {
  EXPECT_EQ(html_escape("<b a='1'>&\"\x01"), "&lt;b a=&#39;1&#39;&gt;&amp;&quot;\\x01");
  EXPECT_EQ(html_escape("a\nb"), "a\nb");
  EXPECT_EQ(html_escape(""), "");
  html_page page("<script>", "x");
  EXPECT_EQ(page.str().find("<script>"), std::string::npos);
}

}  // namespace
}  // namespace tutti::cli
