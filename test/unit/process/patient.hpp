/// Time limits in tests are short so that the guilty end soon. On a busy machine they may strike an
/// innocent task, too, which is no failure: what counts is that the pool serves it in the end.
#pragma once

#include <utility>

#include <tutti/base/error.hpp>
#include <tutti/core/future.hpp>

/// The result, or what `otherwise()` gives where the limit was faster.
template <class T, class Otherwise>
T result_or(tutti::future<T> asked, Otherwise otherwise) {
  try {
    return asked.get();
  } catch (const tutti::timeout_error&) {
    return otherwise();
  }
}

/// What the pool gives at last. Hangs, and is ended by the test's own limit, if it never does.
template <class Pool, class F, class... A>
auto served(Pool& pool, F f, A... args) {
  for (;;) {
    try {
      return pool.submit(f, args...).get();
    } catch (const tutti::timeout_error&) {
    }
  }
}
