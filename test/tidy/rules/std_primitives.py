"""Threads, locks, atomics, clocks and dice of the standard library stay behind base/ and sys/."""
WHY = (
    "whatever makes a run differ from the next comes in through base/ and sys/, so that a "
    "test can steer it"
)

ROOMS = {"base", "sys"}
NAMES = (
    r"std::(?:thread|jthread|mutex|timed_mutex|recursive_mutex"
    r"|shared_mutex|shared_timed_mutex|lock_guard"
    r"|unique_lock|scoped_lock|shared_lock|condition_variable(?:_any)?"
    r"|atomic(?:_flag|_ref|_thread_fence"
    r"|_signal_fence)?|counting_semaphore|binary_semaphore|latch|barrier"
    r"|call_once|once_flag|async|promise"
    r"|packaged_task|random_device|mt19937(?:_64)?|rand|srand)\b"
)
CLOCKS = r"\b(?:steady_clock|system_clock|high_resolution_clock)\s*::\s*now\b"
SLEEPS = (
    r"\bstd::this_thread\s*::\s*\w+"
    r"|\b(?:nanosleep|usleep|clock_gettime|gettimeofday|pthread_\w+)\s*\("
)
DETACH = r"[.>]\s*detach\s*\(\s*\)"
# A pair of fences that orders no data, only who looks at what: see its documentation.
FENCES_LIVE_IN = "tutti/sys/asymmetric_fence."
FENCE = r"\batomic_thread_fence\s*\("


def check(tree):
    for file in tree.cpp("tutti"):
        if file.room in ROOMS:
            if not str(file.path).startswith(FENCES_LIVE_IN):
                yield from file.find(
                    FENCE, "TSan cannot see a stand-alone fence; order the accesses themselves"
                )
            continue
        if "backend" not in file.parts:
            yield from file.find(SLEEPS, "{0} belongs into sys/; use tutti::clock and the parker")
        yield from file.find(NAMES, "{0} belongs into base/ or sys/; use what they offer")
        yield from file.find(CLOCKS, "{0}: ask tutti::clock, which a test can move")
        yield from file.find(DETACH, "nothing is detached: a scope owns every thread and task")
