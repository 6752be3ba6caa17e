/// \file
/// Compiler and platform facts. The only place that asks which compiler this is.
#pragma once

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TUTTI_TSAN 1
#endif
#if __has_feature(address_sanitizer)
#define TUTTI_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) && !defined(TUTTI_TSAN)
#define TUTTI_TSAN 1
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(TUTTI_ASAN)
#define TUTTI_ASAN 1
#endif

/// 1 where symmetric transfer is a real tail call whatever the flags (clang); elsewhere awaiting
/// keeps a depth budget.
#if defined(__clang__)
#define TUTTI_TAIL_CALLS 1
#else
#define TUTTI_TAIL_CALLS 0
#endif

/// 1 where awaiting a call with a temporary closure that owns something destroys the capture twice
/// (g++ 12).
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#define TUTTI_CLOSURE_BUG 1
#else
#define TUTTI_CLOSURE_BUG 0
#endif

/// Around coroutine templates that keep a callable: g++ warns of their frames (-Wsubobject-linkage)
/// when the closure comes from a function that only one file sees, as in unity builds.
#if defined(__GNUC__) && !defined(__clang__)
#define TUTTI_CLOSURE_FRAMES_BEGIN                                                                 \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wsubobject-linkage\"")
#define TUTTI_CLOSURE_FRAMES_END _Pragma("GCC diagnostic pop")
#else
#define TUTTI_CLOSURE_FRAMES_BEGIN
#define TUTTI_CLOSURE_FRAMES_END
#endif

#define TUTTI_LIKELY(x) __builtin_expect(!!(x), 1)
#define TUTTI_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define TUTTI_COLD [[gnu::cold, gnu::noinline]]
#define TUTTI_INLINE [[gnu::always_inline]] inline
#define TUTTI_NOINLINE [[gnu::noinline]]

/// Clang 19 can reject dangling references and capturing lambdas in coroutine calls. It then also
/// wants every plain function that returns a task to be marked as TUTTI_CORO_WRAPPER, so it is
/// asked for: -DTUTTI_LIFETIME_CHECKS=1. A wrapper's task owns its arguments, so they may be
/// temporaries.
#if defined(TUTTI_LIFETIME_CHECKS) && defined(__clang__) && defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::coro_return_type)
#define TUTTI_CORO_TASK [[clang::coro_return_type, clang::coro_lifetimebound]]
#define TUTTI_CORO_WRAPPER [[clang::coro_wrapper, clang::coro_disable_lifetimebound]]
#endif
#endif
#ifndef TUTTI_CORO_TASK
#define TUTTI_CORO_TASK
#define TUTTI_CORO_WRAPPER
#endif
