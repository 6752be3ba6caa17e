CALL = {
    "tutti/base/CMakeLists.txt": "tutti_room(NAME base\n  PUBLIC list.hpp\n  SOURCES list.cpp\n  DEPS)\n",
    "tutti/base/list.hpp": "#pragma once\n",
    "tutti/base/list.cpp": "int x;\n",
}
TEST = {"test/unit/base/list_test.cpp": "#include <tutti/base/list.hpp>\n"}

FIRES = [
    (CALL, "a public header without a test: test/unit/base/list_test.cpp"),
    (
        CALL | {"test/unit/base/list_test.cpp": "#include <vector>\n"},
        "the first include is <vector>",
    ),
    (CALL | TEST | {"tutti/base/extra.cpp": "int y;\n"}, "extra.cpp:1: not named by tutti_room"),
    (
        {"tutti/base/CMakeLists.txt": "tutti_room(NAME base\n  PRIVATE gone.hpp\n  DEPS)\n"},
        "does not exist",
    ),
]
SILENT = [CALL | TEST]
