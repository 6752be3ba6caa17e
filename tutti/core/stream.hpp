/// \file
/// `stream<T>`: results that arrive one by one, read by a thread or by a coroutine.
#pragma once

#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include <tutti/core/task.hpp>

namespace tutti {
namespace detail {

/// Where a stream's items come from. One reader at a time.
template <class T>
class stream_source {
 public:
  virtual ~stream_source() = default;
  virtual std::optional<T> next() = 0;
  virtual task<std::optional<T>> async_next() = 0;
};

}  // namespace detail

/// What `imap`, `imap_unordered` and `as_completed` return. Move-only; one reader at a time.
///
/// Result:  `next()` (blocks) and `co_await s.async_next()` give the next item, or an empty
///          optional at the end; an item that failed throws its error, and the ones after it can
///          still be read.
/// Cancel:  a cancelled `async_next()` loses no item: the next call gives it.
/// Dropping a stream cancels what it started and has not finished.
/// ```
/// for (auto&& x : pool.imap(square, inputs)) use(x);
/// ```
template <class T>
class stream {
 public:
  using value_type = T;
  explicit stream(std::unique_ptr<detail::stream_source<T>> source) noexcept
      : source_(std::move(source)) {}
  stream(stream&&) noexcept = default;
  stream& operator=(stream&&) noexcept = default;

  std::optional<T> next() { return source_->next(); }
  TUTTI_CORO_WRAPPER task<std::optional<T>> async_next() { return source_->async_next(); }

  /// Reads by next(): an input iterator, valid while the stream is.
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    iterator() noexcept = default;
    explicit iterator(stream& s) : of_(&s) { ++*this; }
    T& operator*() const { return *of_->current_; }
    iterator& operator++() {
      of_->current_ = of_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return !of_->current_.has_value(); }

   private:
    stream* of_ = nullptr;
  };
  iterator begin() { return iterator(*this); }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  std::unique_ptr<detail::stream_source<T>> source_;
  std::optional<T> current_;
};

}  // namespace tutti
