HEADER = {"tutti/core/task.hpp": "namespace tutti { template <class T> class task; void run(); }\n"}

FIRES = [
    (HEADER | {"README.md": "one\nuse `tutti::teleport`\n"}, "README.md:2: names tutti::teleport"),
    ({"README.md": "run `tutti conquer` now\n"}, "names the command `tutti conquer`"),
    ({"README.md": "```\nmake coffee\n```\n", "Makefile": "demo:\n"}, "names `make coffee`"),
    (
        {
            "README.md": "<!-- from example/a.cpp -->\n```cpp\nint x = 2;\n```\n",
            "example/a.cpp": "int x = 1;\n",
        },
        "quotes lines that example/a.cpp does not have",
    ),
    (
        {"README.md": "<!-- from example/a.cpp -->\n```cpp\nint x;\n```\n"},
        "quotes example/a.cpp, which does not exist",
    ),
]
SILENT = [
    HEADER
    | {
        "README.md": "`tutti::task<int>` and `tutti::run`, link `tutti::tutti`; `tutti compare --html`; `make demo`\n"
        "<!-- from example/a.cpp -->\n```cpp\nint x = 1;\n```\n",
        "example/a.cpp": "// head\nint x = 1;\n",
        "Makefile": "demo test:\n",
        "tutti/cli/compare/a.cpp": "int x;\n",
    },
]
