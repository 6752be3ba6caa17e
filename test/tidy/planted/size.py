FIRES = [
    ({"tutti/core/a.cpp": "int x;\n" * 701}, "701 lines"),
    ({"tool/check": "x = 1\n" * 702}, "702 lines"),
    ({"tutti/core/a.cpp": "\n" + "/" * 101 + "\n"}, "tutti/core/a.cpp:2: 101 columns"),
    ({"tutti/core/a.cpp": "void f() {\n" + "  g();\n" * 80 + "}\n"}, "a function of 81 lines"),
]
SILENT = [
    {
        "tutti/core/a.cpp": "int x;\n" * 700,
        "tutti/core/b.hpp": "/" * 100 + "\n",
        "tutti/core/c.cpp": "namespace a {\n" + "void f() {\n  g();\n}\n" * 50 + "}\n",
    },
]
