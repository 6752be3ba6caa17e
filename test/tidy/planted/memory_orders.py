FIRES = [
    (
        {"tutti/core/a.cpp": "int f() {\n  return x.load(acquire);\n}\n"},
        "tutti/core/a.cpp:2: acquire without",
    ),
    ({"tutti/core/a.cpp": "x.store(1, std::memory_order_release);\n"}, "release without"),
    (
        {"tutti/core/a.cpp": "x.load(sys::acquire);  // pairs: queue.push\n"},
        "queue.push: nobody releases it",
    ),
    (
        {"tutti/core/a.cpp": "x.store(1, release);  // pairs: queue.push\n"},
        "queue.push: nobody acquires it",
    ),
]
SILENT = [
    {
        "tutti/core/a.cpp": "x.store(1, release);  // pairs: queue.push\n",
        "tutti/core/b.cpp": "// acquire, pairs: queue.push\n// because\nif (x.compare_exchange(a, b, acquire, relaxed)) f();\n",
    },
    {"tutti/core/a.cpp": "sem.release(); x.load(relaxed); lock.acquire(1);\n"},
    {"tutti/core/a.cpp": "x.exchange(1, acq_rel);  // pairs: flag\n"},
]
