#include <tutti/base/error.hpp>

#include <cxxabi.h>
#include <array>
#include <cstdlib>
#include <typeinfo>

namespace tutti {
namespace detail {
namespace {
std::string demangle(const char* name) {
  int status = 0;
  char* text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string out = status == 0 && text != nullptr ? text : name;
  std::free(text);
  return out;
}

std::string current_type() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  return type != nullptr ? demangle(type->name()) : "unknown";
}
}  // namespace

std::string type_name(const std::exception_ptr& error) {
  if (!error) return "nothing";
  try {
    std::rethrow_exception(error);
  } catch (...) {
    return current_type();
  }
}

std::string describe(const std::exception_ptr& error) {
  if (!error) return "nothing";
  try {
    std::rethrow_exception(error);
  } catch (const exception_group& e) {
    return e.what();
  } catch (const std::exception& e) {
    return current_type() + ": " + e.what();
  } catch (const cancelled&) {
    return "cancelled";
  } catch (...) {
    return current_type() + " (not a std::exception)";
  }
}

bool is_cancellation(const std::exception_ptr& error) noexcept {
  // The type alone, without rethrowing: this is asked at the end of every failed task.
  const std::type_info* const type = error ? error.__cxa_exception_type() : nullptr;
  return type != nullptr && *type == typeid(cancelled);
}

const std::exception_ptr& cancelled_error(cancel_reason why) noexcept {
  constexpr std::size_t reasons = 6;
  static const std::array<std::exception_ptr, reasons>& made = *[] {
    auto* all = new std::array<std::exception_ptr, reasons>;
    for (std::size_t i = 0; i < reasons; ++i) {
      (*all)[i] = std::make_exception_ptr(cancelled{static_cast<cancel_reason>(i)});
    }
    return all;
  }();
  return made[static_cast<std::size_t>(why)];
}

const std::exception_ptr& future_cancelled_error() noexcept {
  static const std::exception_ptr& made =
      *new std::exception_ptr(std::make_exception_ptr(future_cancelled()));
  return made;
}

}  // namespace detail

worker_crashed::worker_crashed(const std::string& text, int signal, int exit_code,
                               std::string_view task, std::string_view output)
    : error(text),
      signal_(signal),
      exit_code_(exit_code),
      texts_(std::make_shared<const std::pair<std::string, std::string>>(task, output)) {}

remote_error::remote_error(std::string_view type, const std::string& what,
                           std::string_view traceback)
    : error(what),
      texts_(std::make_shared<const std::pair<std::string, std::string>>(type, traceback)) {}

struct exception_group::tree {
  std::vector<std::exception_ptr> members;
  std::vector<std::string> names;
  std::string text;
};

namespace {
const exception_group* as_group(const std::exception_ptr& e) noexcept {
  try {
    std::rethrow_exception(e);
  } catch (const exception_group& g) {
    return &g;  // lives as long as `e` holds it: exception_ptr shares the object
  } catch (...) {
    return nullptr;
  }
}

void indent_into(std::string& out, const std::string& text) {
  for (char c : text) {
    out += c;
    if (c == '\n') out += "    ";
  }
}

std::string draw(const std::vector<std::exception_ptr>& members,
                 const std::vector<std::string>& names) {
  const std::size_t n = members.size();
  std::string out = n == 1 ? "1 failure" : std::to_string(n) + " failures";
  for (std::size_t i = 0; i < n; ++i) {
    out += "\n  - ";
    if (i < names.size() && !names[i].empty()) out += "[" + names[i] + "] ";
    indent_into(out, detail::describe(members[i]));
  }
  return out;
}
}  // namespace

exception_group::exception_group() : exception_group(std::vector<std::exception_ptr>{}) {}

exception_group::exception_group(std::vector<std::exception_ptr> exceptions,
                                 std::vector<std::string> names)
    : error("several failures") {
  std::string text = draw(exceptions, names);
  tree_ =
      std::make_shared<const tree>(tree{std::move(exceptions), std::move(names), std::move(text)});
}

std::span<const std::exception_ptr> exception_group::exceptions() const noexcept {
  return tree_->members;
}
bool exception_group::empty() const noexcept { return tree_->members.empty(); }
const char* exception_group::what() const noexcept { return tree_->text.c_str(); }

std::vector<std::exception_ptr> exception_group::leaves() const {
  std::vector<std::exception_ptr> out;
  for (const std::exception_ptr& e : tree_->members) {
    if (const exception_group* g = as_group(e)) {
      for (const std::exception_ptr& leaf : g->leaves()) out.push_back(leaf);
    } else {
      out.push_back(e);
    }
  }
  return out;
}

exception_group exception_group::filtered(predicate take, bool wanted) const {
  std::vector<std::exception_ptr> kept;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < tree_->members.size(); ++i) {
    const std::exception_ptr& e = tree_->members[i];
    std::exception_ptr keep;
    if (const exception_group* g = as_group(e)) {
      exception_group inner = g->filtered(take, wanted);
      if (!inner.empty()) keep = std::make_exception_ptr(std::move(inner));
    } else if (take(e) == wanted) {
      keep = e;
    }
    if (!keep) continue;
    kept.push_back(std::move(keep));
    names.push_back(i < tree_->names.size() ? tree_->names[i] : std::string());
  }
  return exception_group(std::move(kept), std::move(names));
}

void exception_group::rethrow_if_any() const {
  if (!empty()) throw *this;
}

}  // namespace tutti
