#include <tutti/base/exception_group.hpp>

#include <utility>

namespace tutti {

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
