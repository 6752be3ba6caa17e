#include <tutti/wire/failure.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <ios>
#include <random>
#include <system_error>

#include <tutti/base/exception_group.hpp>
#include <tutti/base/remote_error.hpp>

namespace {

using tutti::wire::byte_reader;
using tutti::wire::byte_writer;

std::vector<std::byte> bytes_of(const std::exception_ptr& failure) {
  byte_writer counter;
  tutti::wire::encode_failure(counter, failure);
  std::vector<std::byte> bytes(counter.total());
  byte_writer out{bytes};
  tutti::wire::encode_failure(out, failure);
  return bytes;
}
std::exception_ptr again(const std::exception_ptr& failure) {
  const auto bytes = bytes_of(failure);
  byte_reader in{bytes};
  return tutti::wire::decode_failure(in);
}
template <class E>
std::exception_ptr again(const E& failure) {
  return again(std::make_exception_ptr(failure));
}
/// Rethrows and gives what `catch (const E&)` got; fails the test otherwise.
template <class E>
E expect_as(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const E& e) {
    return e;
  }
}
struct own_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

TEST(failure, standard_types_come_back_as_themselves) {
  EXPECT_STREQ(expect_as<std::out_of_range>(again(std::out_of_range("no such key"))).what(),
               "no such key");
  EXPECT_STREQ(expect_as<std::domain_error>(again(std::domain_error("d"))).what(), "d");
  expect_as<std::bad_alloc>(again(std::bad_alloc()));
  expect_as<std::bad_cast>(again(std::bad_cast()));
  EXPECT_EQ(
      expect_as<std::future_error>(again(std::future_error(std::future_errc::no_state))).code(),
      std::future_errc::no_state);
}

TEST(failure, an_error_code_keeps_category_and_value) {
  const std::system_error sent(ENOENT, std::system_category(), "open");
  const auto e = expect_as<std::system_error>(again(sent));
  EXPECT_EQ(e.code(), sent.code());
  EXPECT_STREQ(e.what(), sent.what());
  EXPECT_STREQ(expect_as<std::system_error>(again(std::system_error(sent.code()))).what(),
               sent.code().message().c_str());
  const std::filesystem::filesystem_error file("cannot copy", "/a", "/b", sent.code());
  const auto f = expect_as<std::filesystem::filesystem_error>(again(file));
  EXPECT_EQ(f.path1(), "/a");
  EXPECT_STREQ(f.what(), file.what());
  expect_as<std::ios_base::failure>(again(std::ios_base::failure("stream")));
}

TEST(failure, errors_of_tutti_come_back_as_themselves) {
  expect_as<tutti::timeout_error>(again(tutti::timeout_error()));
  const auto crashed =
      expect_as<tutti::worker_crashed>(again(tutti::worker_crashed("died", 9, 0, "square", "hm")));
  EXPECT_EQ(crashed.signal(), 9);
  EXPECT_EQ(crashed.task(), "square");
  const auto remote =
      expect_as<tutti::remote_error>(again(tutti::remote_error("my::type", "text", "at f()")));
  EXPECT_EQ(remote.type(), "my::type");
  EXPECT_EQ(remote.traceback(), "at f()");
  EXPECT_EQ(
      expect_as<tutti::cancelled>(again(tutti::cancelled{tutti::cancel_reason::deadline})).reason,
      tutti::cancel_reason::deadline);
  const auto group = expect_as<tutti::exception_group>(again(tutti::exception_group(
      {std::make_exception_ptr(std::out_of_range("a")), std::make_exception_ptr(1)})));
  EXPECT_EQ(group.exceptions().size(), 2U);
  EXPECT_TRUE(group.contains<std::out_of_range>());
}

TEST(failure, an_unknown_type_says_what_it_was) {
  const auto e = expect_as<tutti::remote_error>(again(own_error("mine")));
  EXPECT_NE(e.type().find("own_error"), std::string::npos);
  EXPECT_STREQ(e.what(), "mine");
  EXPECT_STREQ(expect_as<tutti::remote_error>(again(42)).what(), "42");
  EXPECT_STREQ(expect_as<tutti::remote_error>(again(std::string("text"))).what(), "text");
}

TEST(failure, what_it_nests_comes_along) {
  std::exception_ptr sent;
  try {
    try {
      throw std::invalid_argument("inner");
    } catch (...) {
      std::throw_with_nested(std::range_error("outer"));
    }
  } catch (...) {
    sent = std::current_exception();
  }
  try {
    std::rethrow_exception(again(sent));
    FAIL();
  } catch (const std::range_error& outer) {
    EXPECT_STREQ(outer.what(), "outer");
    EXPECT_THROW(std::rethrow_if_nested(outer), std::invalid_argument);
  }
}

TEST(failure, damaged_bytes_are_a_failure_too) {
  const auto bytes =
      bytes_of(std::make_exception_ptr(tutti::worker_crashed("died", 9, 0, "square")));
  std::mt19937 random{1};
  for (int round = 0; round < 2000; ++round) {
    auto damaged = bytes;
    damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    byte_reader in{std::span(damaged).first(random() % (damaged.size() + 1))};
    EXPECT_NE(tutti::wire::decode_failure(in), nullptr);
  }
}

}  // namespace
