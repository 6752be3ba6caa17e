#include <tutti/cli/compare/http.hpp>

#include <gtest/gtest.h>

#include <random>

namespace compare = tutti::cli::compare;
using namespace std::string_literals;

namespace {

// Feeds the whole text at once, then again byte by byte: both must say the same.
compare::answer_reader read(const std::string& text) {
  compare::answer_reader whole;
  whole.feed(text);
  whole.finish();
  compare::answer_reader bytewise;
  for (const char c : text) bytewise.feed({&c, 1});
  bytewise.finish();
  EXPECT_EQ(whole.problem(), bytewise.problem()) << text;
  EXPECT_EQ(whole.body_bytes(), bytewise.body_bytes());
  EXPECT_EQ(whole.body_checksum(), bytewise.body_checksum());
  EXPECT_FALSE(whole.wants_more());
  return whole;
}

TEST(CompareHttp, ReadsABodyOfStatedLength) {
  const auto got = read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789");
  EXPECT_EQ(got.problem(), "");
  EXPECT_EQ(got.body_bytes(), 9U);
  EXPECT_EQ(got.body_checksum(), 0xCBF43926U);  // the check value of CRC-32
}

TEST(CompareHttp, ReadsChunks) {
  const auto got = read(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n4\r\n1234\r\n5;x=y\r\n56789\r\n0\r\nA: "
      "b\r\n\r\n");
  EXPECT_EQ(got.problem(), "");
  EXPECT_EQ(got.body_bytes(), 9U);
  EXPECT_EQ(got.body_checksum(), 0xCBF43926U);
}

TEST(CompareHttp, ReadsABodyThatEndsWithTheConnection) {
  const auto got = read("HTTP/1.0 200 OK\r\n\r\n123456789");
  EXPECT_EQ(got.problem(), "");
  EXPECT_EQ(got.body_checksum(), 0xCBF43926U);
}

TEST(CompareHttp, ReadsAnEmptyBodyAndPassesOverContinue) {
  EXPECT_EQ(read("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n").problem(), "");
  EXPECT_EQ(read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
                .body_bytes(),
            1U);
}

TEST(CompareHttp, AStatusOtherThan200IsAProblemWithItsWords) {
  EXPECT_EQ(read("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").problem(),
            "it answered 404 Not Found");
  EXPECT_EQ(read("HTTP/1.1 301 Moved\r\nLocation: http://b/\r\n\r\n").problem(),
            "it answered 301 Moved; it moved to http://b/");
  EXPECT_EQ(read("HTTP/1.1 500\r\n\r\n").problem(), "it answered 500");
}

TEST(CompareHttp, ACutAnswerIsAProblem) {
  EXPECT_EQ(read("").problem(), "it closed the connection without an answer");
  const std::string cut = "it closed the connection in the middle of its answer";
  EXPECT_EQ(read("HTTP/1.1 20").problem(), cut);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234").problem(), cut);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n").problem(),
            cut);
}

TEST(CompareHttp, HostileAnswersAreRefused) {
  const std::vector<std::string> hostile{
      "SSH-2.0-OpenSSH_9.2\r\n",
      "HTTP/1.1 2000 OK\r\n\r\n",
      "HTTP/1.1 +20 OK\r\n\r\n",
      "HTTP/1.1 099 OK\r\n\r\n",
      "HTTP/2 200\r\n\r\n",
      "HTTP/1.1 200 OK\n\n",
      "HTTP/1.1 200 OK\r\nA\rB: c\r\n\r\n",
      "HTTP/1.1 200 OK\r\nA: \0\r\n\r\n"s,
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\n: empty\r\n\r\n",
      "HTTP/1.1 200 OK\r\nA b: c\r\n\r\n",
      "HTTP/1.1 200 OK\r\n folded: line\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: "
      "chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
  };
  for (const std::string& text : hostile) EXPECT_NE(read(text).problem(), "") << text;
}

TEST(CompareHttp, AnEndlessHeadIsRefusedWithoutKeepingIt) {
  compare::answer_reader lines;
  lines.feed("HTTP/1.1 200 OK\r\n");
  for (int i = 0; i < 10'000 && lines.wants_more(); ++i) lines.feed("A: b\r\n");
  EXPECT_EQ(lines.problem(), "the answer's head is longer than 32 KiB");
  compare::answer_reader one_line;
  const std::string much(4096, 'a');
  for (int i = 0; i < 100 && one_line.wants_more(); ++i) one_line.feed(much);
  EXPECT_EQ(one_line.problem(), "the answer's head is longer than 32 KiB");
}

TEST(CompareHttp, ManySmallChunksAreNotAnEndlessHead) {
  compare::answer_reader r;
  r.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 50'000; ++i) r.feed("1\r\nx\r\n");
  r.feed("0\r\n\r\n");
  r.finish();
  EXPECT_EQ(r.problem(), "");
  EXPECT_EQ(r.body_bytes(), 50'000U);
}

TEST(CompareHttp, RandomBytesNeverHurt) {
  std::mt19937 random{20240229};
  const std::string good =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: "
      "b\r\n\r\n4\r\n1234\r\n5\r\n56789\r\n0\r\n\r\n";
  for (int round = 0; round < 2000; ++round) {
    std::string text = good;
    const auto changes = random() % 4 + 1;
    for (unsigned i = 0; i < changes; ++i)
      text[random() % text.size()] = static_cast<char>(random() % 256);
    if (random() % 3 == 0) text.resize(random() % text.size());
    (void)read(text);
  }
}

TEST(CompareHttp, Addresses) {
  const auto plain = compare::parse_address("http://example.org");
  ASSERT_TRUE(plain.address);
  EXPECT_EQ(plain.address->host, "example.org");
  EXPECT_EQ(plain.address->port, 80);
  EXPECT_EQ(plain.address->target, "/");
  const auto full = compare::parse_address("http://[::1]:8080/a/b?c=d#part");
  ASSERT_TRUE(full.address);
  EXPECT_EQ(full.address->host, "::1");
  EXPECT_EQ(full.address->port, 8080);
  EXPECT_EQ(full.address->target, "/a/b?c=d");
  EXPECT_EQ(compare::parse_address("http://h?x=1").address->target, "/?x=1");
}

TEST(CompareHttp, BadAddressesSayWhatToWrite) {
  EXPECT_NE(compare::parse_address("https://a/").problem.find("does not speak"), std::string::npos);
  EXPECT_NE(compare::parse_address("example.org").problem.find("write http://host/path"),
            std::string::npos);
  const std::vector<std::string> bad{"http://",
                                     "http:///x",
                                     "http://a b/",
                                     "http://a\r\nX: y/",
                                     "http://user@host/",
                                     "http://a:0/",
                                     "http://a:65536/",
                                     "http://a:12x/",
                                     "http://[::1/",
                                     "http://[]/",
                                     "http://[::1]x/",
                                     "http://a,b/",
                                     "http://a/" + std::string(5000, 'x'),
                                     "http://a/\xff"};
  for (const auto& text : bad) {
    const auto got = compare::parse_address(text);
    EXPECT_FALSE(got.address) << text;
    EXPECT_NE(got.problem, "") << text;
  }
}

TEST(CompareHttp, TheQuestion) {
  EXPECT_TRUE(
      compare::http_question({"h", 80, "/x"}).starts_with("GET /x HTTP/1.1\r\nHost: h\r\n"));
  EXPECT_NE(compare::http_question({"::1", 81, "/"}).find("Host: [::1]:81\r\n"), std::string::npos);
}

TEST(CompareHttp, QuestionsAServerGets) {
  EXPECT_EQ(compare::parse_request_line("GET /a%20b HTTP/1.1").target, "/a%20b");
  EXPECT_EQ(compare::parse_request_line("GET /a HTTP/1.1").refusal, 0);
  EXPECT_EQ(compare::parse_request_line("POST /a HTTP/1.1").refusal, 405);
  EXPECT_EQ(compare::parse_request_line("GET /a b HTTP/1.1").refusal, 400);
  EXPECT_EQ(compare::parse_request_line("GET http://a/ HTTP/1.1").refusal, 400);
  EXPECT_EQ(compare::parse_request_line("GET /a HTTP/2").refusal, 505);
  EXPECT_EQ(compare::parse_request_line("GET /" + std::string(5000, 'a') + " HTTP/1.1").refusal,
            414);
  EXPECT_EQ(compare::parse_request_line("").refusal, 400);
  EXPECT_EQ(compare::parse_request_line("GET").refusal, 400);
  EXPECT_EQ(compare::parse_request_line("GET HTTP/1.1").refusal, 400);
}

TEST(CompareHttp, TheServersHeadIsReadBack) {
  EXPECT_EQ(read(compare::http_answer_head(200, 3) + "abc").body_bytes(), 3U);
  EXPECT_EQ(read(compare::http_answer_head(404, 0)).problem(), "it answered 404 Not Found");
}

}  // namespace
