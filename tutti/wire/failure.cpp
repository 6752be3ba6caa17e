#include <tutti/wire/failure.hpp>

#include <any>
#include <cstring>
#include <filesystem>
#include <functional>
#include <future>
#include <ios>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <typeinfo>
#include <variant>
#include <vector>

#include <tutti/base/error.hpp>
#include <tutti/base/exception_group.hpp>
#include <tutti/base/remote_error.hpp>
#include <tutti/wire/archive.hpp>

namespace tutti::wire {
namespace {

/// What nests deeper than this is cut off; the outer failures still arrive.
constexpr unsigned nesting_max = 32;
constexpr std::size_t members_max = 10'000;

/// Every failure begins with one of these.
enum class form : unsigned char { plain, code, file, crashed, remote, cancelled, group, count };

/// Throws the exception, around what it nested if there is something: `throw_with_nested` needs a
/// current exception.
template <class E>
std::exception_ptr make(E&& failure, const std::exception_ptr& nested) {
  if (nested == nullptr) return std::make_exception_ptr(std::forward<E>(failure));
  try {
    std::rethrow_exception(nested);
  } catch (...) {
    try {
      std::throw_with_nested(std::forward<E>(failure));
    } catch (...) {
      return std::current_exception();
    }
  }
}

using rebuild = std::exception_ptr (*)(const std::string& what, const std::exception_ptr& nested);

template <class E>
std::exception_ptr from_text(const std::string& what, const std::exception_ptr& nested) {
  return make(E(what), nested);
}
template <class E>
std::exception_ptr from_nothing(const std::string&, const std::exception_ptr& nested) {
  return make(E(), nested);
}

struct known_type {
  const std::type_info& type;
  const char* name;  ///< fixed here, so that it means the same on both sides
  rebuild make;
};

/// Types that a text (or nothing) is enough to make again.
const known_type known_types[] = {
    {typeid(std::runtime_error), "std::runtime_error", &from_text<std::runtime_error>},
    {typeid(std::logic_error), "std::logic_error", &from_text<std::logic_error>},
    {typeid(std::out_of_range), "std::out_of_range", &from_text<std::out_of_range>},
    {typeid(std::invalid_argument), "std::invalid_argument", &from_text<std::invalid_argument>},
    {typeid(std::length_error), "std::length_error", &from_text<std::length_error>},
    {typeid(std::domain_error), "std::domain_error", &from_text<std::domain_error>},
    {typeid(std::range_error), "std::range_error", &from_text<std::range_error>},
    {typeid(std::overflow_error), "std::overflow_error", &from_text<std::overflow_error>},
    {typeid(std::underflow_error), "std::underflow_error", &from_text<std::underflow_error>},
    {typeid(std::bad_alloc), "std::bad_alloc", &from_nothing<std::bad_alloc>},
    {typeid(std::bad_array_new_length), "std::bad_array_new_length",
     &from_nothing<std::bad_array_new_length>},
    {typeid(std::bad_cast), "std::bad_cast", &from_nothing<std::bad_cast>},
    {typeid(std::bad_any_cast), "std::bad_any_cast", &from_nothing<std::bad_any_cast>},
    {typeid(std::bad_typeid), "std::bad_typeid", &from_nothing<std::bad_typeid>},
    {typeid(std::bad_exception), "std::bad_exception", &from_nothing<std::bad_exception>},
    {typeid(std::bad_function_call), "std::bad_function_call",
     &from_nothing<std::bad_function_call>},
    {typeid(std::bad_optional_access), "std::bad_optional_access",
     &from_nothing<std::bad_optional_access>},
    {typeid(std::bad_variant_access), "std::bad_variant_access",
     &from_nothing<std::bad_variant_access>},
    {typeid(std::bad_weak_ptr), "std::bad_weak_ptr", &from_nothing<std::bad_weak_ptr>},
    {typeid(std::exception), "std::exception", &from_nothing<std::exception>},
    {typeid(error), "tutti::error", &from_text<error>},
    {typeid(timeout_error), "tutti::timeout_error", &from_text<timeout_error>},
    {typeid(blocking_call), "tutti::blocking_call", &from_text<blocking_call>},
    {typeid(closed), "tutti::closed", &from_text<closed>},
    {typeid(broken_promise), "tutti::broken_promise", &from_text<broken_promise>},
    {typeid(future_cancelled), "tutti::future_cancelled", &from_text<future_cancelled>},
    {typeid(deadlock), "tutti::deadlock", &from_text<deadlock>},
    {typeid(interrupted), "tutti::interrupted", &from_text<interrupted>},
    {typeid(broken_barrier), "tutti::broken_barrier", &from_text<broken_barrier>},
    {typeid(not_owner), "tutti::not_owner", &from_text<not_owner>},
    {typeid(wire_error), "tutti::wire_error", &from_text<wire_error>},
};

/// "std::_Nested_exception<std::range_error>" is a range_error as far as anyone who catches is
/// concerned.
std::string plain_name(std::string name) {
  constexpr std::string_view wrapper = "std::_Nested_exception<";
  if (name.starts_with(wrapper) && name.ends_with('>'))
    name = name.substr(wrapper.size(), name.size() - wrapper.size() - 1);
  return name;
}

const known_type* find(std::string_view name) noexcept {
  for (const known_type& known : known_types)
    if (name == known.name) return &known;
  return nullptr;
}

/// The text a system_error was given, without the code's own text that it appends.
std::string own_text(const std::string& what, const std::error_code& code) {
  const std::string tail = code.message();
  if (what == tail) return {};
  if (what.ends_with(": " + tail)) return what.substr(0, what.size() - tail.size() - 2);
  return what;
}

bool travels(const std::error_code& code) {
  try {
    byte_writer counter;
    encode(counter, code);
    return true;
  } catch (const wire_error&) {
    return false;
  }
}

void put_form(byte_writer& out, form f) { out.put_value(static_cast<unsigned char>(f)); }

void put_one(byte_writer& out, const std::exception_ptr& failure, unsigned depth);

void put_nested(byte_writer& out, const std::exception_ptr& nested, unsigned depth) {
  const bool there = nested != nullptr && depth < nesting_max;
  out.put_value(static_cast<unsigned char>(there));
  if (there) put_one(out, nested, depth + 1);
}

void put_plain(byte_writer& out, std::string_view type, std::string_view what) {
  put_form(out, form::plain);
  out.put_text(type);
  out.put_text(what);
}

void put_code(byte_writer& out, std::string_view type, const std::system_error& e) {
  if (!travels(e.code())) return put_plain(out, type, e.what());
  put_form(out, form::code);
  out.put_text(type);
  out.put_text(own_text(e.what(), e.code()));
  encode(out, e.code());
}

void put_exception(byte_writer& out, const std::string& type, const std::exception& e,
                   unsigned depth) {
  if (const auto* group = dynamic_cast<const exception_group*>(&e); group != nullptr) {
    put_form(out, form::group);
    const std::size_t count = depth < nesting_max ? group->exceptions().size() : 0;
    out.put_count(count);
    for (std::size_t i = 0; i < count; ++i) put_one(out, group->exceptions()[i], depth + 1);
  } else if (const auto* crashed = dynamic_cast<const worker_crashed*>(&e); crashed != nullptr) {
    put_form(out, form::crashed);
    out.put_text(e.what());
    out.put_value(crashed->signal());
    out.put_value(crashed->exit_code());
    out.put_text(crashed->task());
    out.put_text(crashed->output());
  } else if (const auto* remote = dynamic_cast<const remote_error*>(&e); remote != nullptr) {
    put_form(out, form::remote);
    out.put_text(remote->type());
    out.put_text(e.what());
    out.put_text(remote->traceback());
  } else if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&e);
             file != nullptr && travels(file->code())) {
    put_form(out, form::file);
    out.put_text(e.what());
    out.put_text(file->path1().native());
    out.put_text(file->path2().native());
    encode(out, file->code());
  } else if (const auto* coded = dynamic_cast<const std::system_error*>(&e); coded != nullptr) {
    put_code(out, type, *coded);
  } else if (const auto* promise = dynamic_cast<const std::future_error*>(&e); promise != nullptr) {
    put_form(out, form::code);
    out.put_text("std::future_error");
    out.put_text({});
    encode(out, promise->code());
  } else {
    put_plain(out, type, e.what());
  }
}

/// Texts and numbers thrown as they are keep what they say.
std::string text_of_foreign(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::string& text) {
    return text;
  } catch (const char* text) {
    return text;
  } catch (int number) {
    return std::to_string(number);
  } catch (...) {
    return "(not a std::exception)";
  }
}

void put_one(byte_writer& out, const std::exception_ptr& failure, unsigned depth) {
  std::exception_ptr nested;
  try {
    std::rethrow_exception(failure);
  } catch (const cancelled& c) {
    put_form(out, form::cancelled);
    out.put_value(static_cast<unsigned char>(c.reason));
  } catch (const std::exception& e) {
    put_exception(out, plain_name(tutti::detail::type_name(failure)), e, depth);
    if (const auto* link = dynamic_cast<const std::nested_exception*>(&e); link != nullptr)
      nested = link->nested_ptr();
  } catch (...) {
    put_plain(out, tutti::detail::type_name(failure), text_of_foreign(failure));
  }
  put_nested(out, nested, depth);
}

std::exception_ptr take_one(byte_reader& in, unsigned depth, std::string_view trace = {});

std::exception_ptr take_nested(byte_reader& in, unsigned depth) {
  const bool there = in.take_value<unsigned char>() != 0;
  return there ? take_one(in, depth + 1) : nullptr;
}

std::exception_ptr take_plain(byte_reader& in, unsigned depth, std::string_view trace) {
  const std::string type = in.take_text();
  const std::string what = in.take_text();
  const std::exception_ptr nested = take_nested(in, depth);
  const known_type* known = find(type);
  return known != nullptr ? known->make(what, nested)
                          : make(remote_error(type, what, trace), nested);
}

std::exception_ptr take_code(byte_reader& in, unsigned depth, std::string_view trace) {
  const std::string type = in.take_text();
  const std::string what = in.take_text();
  const auto code = decode<std::error_code>(in);
  const std::exception_ptr nested = take_nested(in, depth);
  if (type == "std::future_error")
    return make(std::future_error(static_cast<std::future_errc>(code.value())), nested);
  if (type.starts_with("std::ios_base::failure") || type == "std::__ios_failure")
    return make(std::ios_base::failure(what, code), nested);
  if (type == "std::system_error")
    return what.empty() ? make(std::system_error(code), nested)
                        : make(std::system_error(code, what), nested);
  return make(
      remote_error(type, what.empty() ? code.message() : what + ": " + code.message(), trace),
      nested);
}

std::exception_ptr take_file(byte_reader& in, unsigned depth) {
  const std::string what = in.take_text();
  const std::filesystem::path first = in.take_text();
  const std::filesystem::path second = in.take_text();
  const auto code = decode<std::error_code>(in);
  const std::exception_ptr nested = take_nested(in, depth);
  // Its what() is "filesystem error: TEXT: MESSAGE [paths]": the text is between the two.
  std::string text = what;
  constexpr std::string_view head = "filesystem error: ";
  if (text.starts_with(head)) text.erase(0, head.size());
  if (const std::size_t tail = text.rfind(": " + code.message()); tail != text.npos)
    text.erase(tail);
  return make(std::filesystem::filesystem_error(text, first, second, code), nested);
}

std::exception_ptr take_group(byte_reader& in, unsigned depth) {
  const std::size_t count = in.take_length(1);
  if (count > members_max) detail::fail_value("a group of too many failures");
  std::vector<std::exception_ptr> members;
  for (std::size_t i = 0; i < count; ++i) members.push_back(take_one(in, depth + 1));
  take_nested(in, depth);
  return std::make_exception_ptr(exception_group(std::move(members)));
}

std::exception_ptr take_one(byte_reader& in, unsigned depth, std::string_view trace) {
  if (depth > nesting_max + 1) detail::fail_value("failures nested too deeply");
  switch (static_cast<form>(in.take_value<unsigned char>())) {
    case form::plain:
      return take_plain(in, depth, trace);
    case form::code:
      return take_code(in, depth, trace);
    case form::file:
      return take_file(in, depth);
    case form::crashed: {
      const std::string what = in.take_text();
      const int signal = in.take_value<int>();
      const int code = in.take_value<int>();
      const std::string task = in.take_text();
      const std::string output = in.take_text();
      return make(worker_crashed(what, signal, code, task, output), take_nested(in, depth));
    }
    case form::remote: {
      const std::string type = in.take_text();
      const std::string what = in.take_text();
      const std::string traceback = in.take_text();
      return make(remote_error(type, what, traceback), take_nested(in, depth));
    }
    case form::cancelled: {
      const auto reason = in.take_value<unsigned char>();
      if (reason > static_cast<unsigned char>(cancel_reason::interrupt))
        detail::fail_value("a reason for cancelling");
      take_nested(in, depth);
      return std::make_exception_ptr(cancelled{static_cast<cancel_reason>(reason)});
    }
    case form::group:
      return take_group(in, depth);
    case form::count:
      break;
  }
  detail::fail_value("a kind of failure nobody knows");
}

}  // namespace

void encode_failure(byte_writer& out, const std::exception_ptr& failure, std::string_view trace) {
  out.put_text(trace);
  put_one(out, failure, 0);
}

std::exception_ptr decode_failure(byte_reader& in, std::string* trace) noexcept {
  try {
    std::string text = in.take_text();
    std::exception_ptr failure = take_one(in, 0, text);
    if (trace != nullptr) *trace = std::move(text);
    return failure;
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace tutti::wire
