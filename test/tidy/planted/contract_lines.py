FIVE = "/// Threads:  any.\n/// Lifetime: long.\n/// Wakes:    all.\n/// Order:    yes.\n/// Cancel:   no.\n"

FIRES = [
    (
        {
            "tutti/core/a.hpp": "/// Part of lane: its word.\nstruct cell {\n  sys::atomic<int> w;\n};\n"
        },
        "cell holds",
    ),
    (
        {"tutti/core/a.hpp": "\n/// An event.\nclass event {\n  sys::atomic<int> word_{0};\n};\n"},
        "tutti/core/a.hpp:3: event holds `sys::atomic<int> word_` but its comment lacks Threads:",
    ),
    (
        {
            "tutti/core/a.hpp": FIVE.replace("Cancel:", "Also:")
            + "class event {\n public:\n  sys::mutex mu_;\n};\n"
        },
        "lacks Cancel:",
    ),
    (
        {"tutti/core/a.hpp": "struct outer {\n  struct inner { sys::mutex mu; };\n};\n"},
        "inner holds",
    ),
    (
        {"tutti/core/a.hpp": "template <class T>\nclass box {\n  std::atomic<T> value_;\n};\n"},
        "box holds",
    ),
    (
        {
            "tutti/sys/a.hpp": "class TUTTI_CAPABILITY(\"m\") lock : base<int> {\n  atomic<unsigned> w_{0};\n};\n"
        },
        "lock holds",
    ),
]
SILENT = [
    {
        "tutti/core/d.hpp": FIVE
        + "class lane {\n  sys::mutex mu;\n};\n/// Part of lane: its word.\nstruct cell {\n"
        "  alignas(64) sys::atomic<int> w;\n  int n;\n};\n"
    },
    {
        "tutti/core/a.hpp": FIVE
        + "template <class T>\nclass event {\n  sys::atomic<T> word_{0};\n};\n"
    },
    {
        "tutti/core/b.hpp": "struct plain { sys::mutex& mu; void f(sys::atomic<int>& a) { sys::mutex local; } };\n"
    },
    {"tutti/core/c.hpp": "enum class mutex { a };\nvoid g() { mutex m; }\n"},
]
