#include <tutti/wire/call.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace {

using tutti::wire::byte_reader;
using tutti::wire::byte_writer;
using tutti::wire::remote_call;

struct recorded final : tutti::wire::reply {
  void value(void (*encode)(byte_writer&, const void*), const void* v) override {
    byte_writer counter;
    encode(counter, v);
    bytes.resize(counter.total());
    byte_writer out{bytes};
    encode(out, v);
  }
  void failure(std::exception_ptr e) override { error = std::move(e); }
  std::vector<std::byte> bytes;
  std::exception_ptr error;
};

template <class F, class... A>
auto call_through_bytes(F f, A&&... args) {
  using call = remote_call<F, A...>;
  const typename call::arguments values{std::forward<A>(args)...};
  byte_writer counter;
  call::encode_arguments(counter, &values);
  std::vector<std::byte> bytes(counter.total());
  byte_writer out{bytes};
  call::encode_arguments(out, &values);
  tutti::wire::call_record record;
  record.entry = &call::run;
  if constexpr (std::is_pointer_v<F>) record.target = reinterpret_cast<const void*>(f);
  record.arguments = bytes;
  recorded answer;
  tutti::wire::local_runner{}.run(record, answer);
  if (answer.error != nullptr) std::rethrow_exception(answer.error);
  if constexpr (!std::is_void_v<typename call::result>) {
    byte_reader in{answer.bytes};
    return tutti::wire::decode<typename call::result>(in);
  }
}

int length(std::string text) { return static_cast<int>(text.size()); }
std::size_t count(const std::vector<int>& v, std::optional<int> more) noexcept {
  return v.size() + (more ? 1U : 0U);
}
void refuse() { throw std::out_of_range("no"); }

TEST(call, arguments_become_what_the_function_takes) {
  EXPECT_EQ(call_through_bytes(&length, "hello"), 5);
  EXPECT_EQ(call_through_bytes(&count, std::vector<int>{1, 2}, std::nullopt), 2U);
}

TEST(call, a_lambda_without_captures_is_its_type) {
  EXPECT_EQ(call_through_bytes([](int x) { return x + 1; }, 1), 2);
  EXPECT_EQ(call_through_bytes([](const auto& a, const auto& b) { return a + b; }, 1, 2.5), 3.5);
  EXPECT_EQ(call_through_bytes(std::plus<int>{}, 1, 2), 3);
  EXPECT_EQ(call_through_bytes([](std::unique_ptr<int> p) { return *p; }, std::make_unique<int>(4)),
            4);
}

TEST(call, what_it_throws_goes_to_the_reply) {
  EXPECT_THROW(call_through_bytes(&refuse), std::out_of_range);
}

TEST(call, bytes_that_are_no_arguments_never_reach_the_function) {
  tutti::wire::call_record record;
  record.entry = &remote_call<int (*)(std::string), std::string>::run;
  recorded answer;
  tutti::wire::perform(record, answer);
  ASSERT_NE(answer.error, nullptr);
  EXPECT_THROW(std::rethrow_exception(answer.error), tutti::wire_error);
}

TEST(call, a_callable_has_a_name) {
  EXPECT_NE((remote_call<std::plus<int>, int, int>::name().find("plus<int>")),
            std::string_view::npos);
}

}  // namespace
