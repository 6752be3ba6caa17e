TABLE = "| room | may include |\n|---|---|\n| base | nothing |\n| sys | base |\n| cli | all |\n"
ROOM = "tutti_room(NAME sys\n  PUBLIC a.hpp\n  DEPS base)\n"

FIRES = [
    (
        {"tutti/sys/CMakeLists.txt": ROOM, "tutti/sys/a.hpp": "#include <tutti/core/park.hpp>\n"},
        "tutti/sys/a.hpp:1: room sys includes core",
    ),
    (
        {"tutti/sys/CMakeLists.txt": ROOM, "tutti/sys/a.hpp": '#include "tutti/base/list.hpp"\n'},
        "quotes",
    ),
    (
        {"tutti/sys/CMakeLists.txt": ROOM, "tutti/sys/a.hpp": "#include <tutti/tutti.hpp>\n"},
        "the door",
    ),
    ({"tutti/sys/a.hpp": "#include <tutti/base/list.hpp>\n"}, "no tutti_room call"),
    ({"tutti/tutti.hpp": "#include <tutti/testing/explore.hpp>\n"}, "may not include room testing"),
    (
        {"ARCHITECTURE.md": TABLE, "tutti/base/CMakeLists.txt": "tutti_room(NAME base DEPS sys)"},
        "base may not depend on sys",
    ),
]
SILENT = [
    {
        "ARCHITECTURE.md": TABLE,
        "tutti/sys/CMakeLists.txt": ROOM,
        "tutti/sys/a.hpp": "#include <vector>\n#include <tutti/base/list.hpp>\n#include <tutti/sys/b.hpp>\n",
        "tutti/tutti.hpp": "#include <tutti/sys/a.hpp>\n",
    },
    {"tutti/sys/CMakeLists.txt": ROOM, "tutti/sys/a.hpp": "// #include <tutti/core/park.hpp>\n"},
]
