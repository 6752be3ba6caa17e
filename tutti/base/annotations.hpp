/// \file
/// Names for clang's -Wthread-safety: which lock guards what. They cost nothing and vanish
/// elsewhere.
#pragma once

#if defined(__clang__)
#define TUTTI_TSA(x) __attribute__((x))
#else
#define TUTTI_TSA(x)
#endif

#define TUTTI_CAPABILITY(name) TUTTI_TSA(capability(name))
#define TUTTI_SCOPED_CAPABILITY TUTTI_TSA(scoped_lockable)
#define TUTTI_GUARDED_BY(lock) TUTTI_TSA(guarded_by(lock))
#define TUTTI_REQUIRES(...) TUTTI_TSA(requires_capability(__VA_ARGS__))
#define TUTTI_EXCLUDES(...) TUTTI_TSA(locks_excluded(__VA_ARGS__))
#define TUTTI_ACQUIRE(...) TUTTI_TSA(acquire_capability(__VA_ARGS__))
#define TUTTI_TRY_ACQUIRE(...) TUTTI_TSA(try_acquire_capability(__VA_ARGS__))
#define TUTTI_RELEASE(...) TUTTI_TSA(release_capability(__VA_ARGS__))
#define TUTTI_NO_THREAD_SAFETY TUTTI_TSA(no_thread_safety_analysis)
