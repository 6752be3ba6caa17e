/// \file
/// Intrusive doubly linked list: the node lies in what is listed, so linking never allocates and
/// unlinking is O(1).
#pragma once

#include <tutti/base/assert.hpp>

namespace tutti::detail {

/// A place in a list. Immovable while linked; the list's owner guards it.
struct list_node {
  list_node() noexcept = default;
  list_node(const list_node&) = delete;
  list_node& operator=(const list_node&) = delete;
  ~list_node() { TUTTI_ASSERT(next == nullptr); }
  bool is_linked() const noexcept { return next != nullptr; }

  list_node* prev = nullptr;
  list_node* next = nullptr;
};

/// The untyped body: circular, with the list itself as sentinel.
class list_any {
 public:
  list_any() noexcept { head_.prev = head_.next = &head_; }
  list_any(const list_any&) = delete;
  list_any& operator=(const list_any&) = delete;
  ~list_any() {
    TUTTI_ASSERT(empty());
    head_.prev = head_.next = nullptr;
  }

  bool empty() const noexcept { return head_.next == &head_; }
  list_node* front() noexcept { return empty() ? nullptr : head_.next; }
  list_node* back() noexcept { return empty() ? nullptr : head_.prev; }
  list_node* after(list_node* n) noexcept { return n->next == &head_ ? nullptr : n->next; }
  list_node* before(list_node* n) noexcept { return n->prev == &head_ ? nullptr : n->prev; }
  /// Links `n` behind `at`; at the front when `at` is null.
  void insert_after(list_node* at, list_node* n) noexcept {
    insert_before(at == nullptr ? head_.next : at->next, n);
  }

  void insert_before(list_node* at, list_node* n) noexcept {
    TUTTI_ASSERT(!n->is_linked());
    n->prev = at->prev;
    n->next = at;
    at->prev->next = n;
    at->prev = n;
  }
  void push_back(list_node* n) noexcept { insert_before(&head_, n); }
  void push_front(list_node* n) noexcept { insert_before(head_.next, n); }

  static void unlink(list_node* n) noexcept {
    TUTTI_ASSERT(n->is_linked());
    n->prev->next = n->next;
    n->next->prev = n->prev;
    n->prev = n->next = nullptr;
  }
  list_node* pop_front() noexcept {
    list_node* n = front();
    if (n != nullptr) unlink(n);
    return n;
  }
  /// Moves every node of `other` behind ours; O(1).
  void splice_back(list_any& other) noexcept {
    if (other.empty()) return;
    other.head_.next->prev = head_.prev;
    head_.prev->next = other.head_.next;
    other.head_.prev->next = &head_;
    head_.prev = other.head_.prev;
    other.head_.prev = other.head_.next = &other.head_;
  }

 private:
  list_node head_;
};

/// A list of `T`, where `T` derives (once) from list_node.
template <class T>
class list {
 public:
  bool empty() const noexcept { return body_.empty(); }
  T* front() noexcept { return static_cast<T*>(body_.front()); }
  T* back() noexcept { return static_cast<T*>(body_.back()); }
  T* after(T* n) noexcept { return static_cast<T*>(body_.after(n)); }
  T* before(T* n) noexcept { return static_cast<T*>(body_.before(n)); }
  void insert_after(T* at, T& n) noexcept { body_.insert_after(at, &n); }
  void push_back(T& n) noexcept { body_.push_back(&n); }
  void push_front(T& n) noexcept { body_.push_front(&n); }
  T* pop_front() noexcept { return static_cast<T*>(body_.pop_front()); }
  static void unlink(T& n) noexcept { list_any::unlink(&n); }
  void splice_back(list& other) noexcept { body_.splice_back(other.body_); }

 private:
  list_any body_;
};

/// First in, first out, one pointer a node; for hand-over lists whose members are never taken out
/// of the middle. `Next` names the link inside `T`.
template <class T, T* T::* Next>
class chain {
 public:
  chain() noexcept = default;
  chain(chain&& other) noexcept : head_(other.head_), tail_(other.tail_) {
    other.head_ = other.tail_ = nullptr;
  }
  chain& operator=(chain&&) = delete;

  bool empty() const noexcept { return head_ == nullptr; }
  T* front() const noexcept { return head_; }
  void push_back(T* n) noexcept {
    n->*Next = nullptr;
    (tail_ != nullptr ? tail_->*Next : head_) = n;
    tail_ = n;
  }
  void push_front(T* n) noexcept {
    n->*Next = head_;
    head_ = n;
    if (tail_ == nullptr) tail_ = n;
  }
  T* pop_front() noexcept {
    T* n = head_;
    if (n == nullptr) return nullptr;
    head_ = n->*Next;
    if (head_ == nullptr) tail_ = nullptr;
    return n;
  }

 private:
  T* head_ = nullptr;
  T* tail_ = nullptr;
};

}  // namespace tutti::detail
