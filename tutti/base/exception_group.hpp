/// \file
/// Several failures at once.
#pragma once

#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tutti/base/error.hpp>

namespace tutti {

/// Several failures at once: a tree whose leaves are the real errors, whose inner nodes are groups.
///
/// `with_task_group` throws one always, even for a single failure. Look into it with `contains`,
/// take it apart with `split`, or handle by type and rethrow the rest:
/// ```
/// catch (tutti::exception_group& g) {
///   g.handle<std::system_error>([](const std::system_error& e) { log(e); }).rethrow_if_any();
/// }
/// ```
/// Copying is cheap (the tree is shared and never changes in place). Source: PEP 654.
class exception_group : public error {
 public:
  exception_group();
  /// `names` says which task each exception came from; shorter than `exceptions` or empty where
  /// there is no name.
  explicit exception_group(std::vector<std::exception_ptr> exceptions,
                           std::vector<std::string> names = {});

  /// The direct members; a member may be a group.
  std::span<const std::exception_ptr> exceptions() const noexcept;
  /// Every leaf of the tree, depth first, in order.
  std::vector<std::exception_ptr> leaves() const;
  bool empty() const noexcept;
  /// The tree, one line a node, with the names of the tasks.
  const char* what() const noexcept override;

  /// Is there a leaf that `catch (const E&)` would take?
  template <class E>
  bool contains() const {
    for (const std::exception_ptr& leaf : leaves())
      if (detail::matches<E>(leaf)) return true;
    return false;
  }
  struct parts;
  /// `{matching, rest}`: the same tree twice, once with only the leaves that `catch (const E&)`
  /// would take, once with the others. Either may be empty.
  template <class E>
  parts split() const;
  /// Calls `fn(const E&)` for every leaf that `catch (const E&)` would take, keeps the rest,
  /// returns itself.
  template <class E, class Fn>
  exception_group& handle(Fn&& fn);
  /// Throws itself unless empty.
  void rethrow_if_any() const;

 private:
  struct tree;
  using predicate = bool (*)(const std::exception_ptr&) noexcept;
  exception_group filtered(predicate take, bool wanted) const;
  std::shared_ptr<const tree> tree_;
};

/// What `split` gives.
struct exception_group::parts {
  exception_group matching;
  exception_group rest;
};

template <class E>
exception_group::parts exception_group::split() const {
  return {filtered(&detail::matches<E>, true), filtered(&detail::matches<E>, false)};
}

template <class E, class Fn>
exception_group& exception_group::handle(Fn&& fn) {
  for (const std::exception_ptr& leaf : leaves()) {
    if (!detail::matches<E>(leaf)) continue;
    try {
      std::rethrow_exception(leaf);
    } catch (const E& e) {
      fn(e);
    }
  }
  *this = filtered(&detail::matches<E>, false);
  return *this;
}

}  // namespace tutti
