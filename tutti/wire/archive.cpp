#include <tutti/wire/archive.hpp>

#include <future>
#include <ios>
#include <string>
#include <string_view>

namespace tutti::wire {

namespace {

const std::error_category* category_named(std::string_view name) noexcept {
  for (const std::error_category* known : {&std::generic_category(), &std::system_category(),
                                           &std::iostream_category(), &std::future_category()})
    if (name == known->name()) return known;
  return nullptr;
}

}  // namespace

void crossing<std::error_code>::encode(byte_writer& out, const std::error_code& code) {
  if (category_named(code.category().name()) != &code.category())
    throw wire_error(std::string("error codes of category '") + code.category().name() +
                     "' cannot be sent");
  out.put_text(code.category().name());
  out.put_value(code.value());
}

std::error_code crossing<std::error_code>::decode(byte_reader& in) {
  const std::string name = in.take_text();
  const std::error_category* category = category_named(name);
  const int value = in.take_value<int>();
  if (category == nullptr) detail::fail_value("an error category nobody knows");
  return {value, *category};
}

}  // namespace tutti::wire
