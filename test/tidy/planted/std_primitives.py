FIRES = [
    (
        {"tutti/core/a.hpp": "struct a {\n  std::atomic<int> n;\n};\n"},
        "tutti/core/a.hpp:2: std::atomic",
    ),
    ({"tutti/thread/a.cpp": "std::mutex m;\n"}, "std::mutex"),
    ({"tutti/cli/a.cpp": "auto t = std::chrono::steady_clock::now();\n"}, "tutti::clock"),
    ({"tutti/async/a.cpp": "std::this_thread::sleep_for(1s);\n"}, "std::this_thread::sleep_for"),
    ({"tutti/core/a.cpp": "void f() { t.detach(); }\n"}, "detached"),
    ({"tutti/sys/a.cpp": "void f() { std::atomic_thread_fence(order); }\n"}, "fence"),
]
SILENT = [
    {
        "tutti/sys/a.hpp": "std::atomic<int> n; std::mutex m;\n",
        "tutti/core/a.hpp": "// unlike std::mutex\nconst char* s = \"std::thread\"; std::chrono::steady_clock::time_point t;\n",
        "test/unit/core/a_test.cpp": "std::atomic<int> n;\n",
    },
]
