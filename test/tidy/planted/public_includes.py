CALL = "tutti_room(NAME sys\n  PUBLIC a.hpp\n  PRIVATE detail/b.hpp\n  DEPS)\n"

FIRES = [
    (
        {"tutti/sys/CMakeLists.txt": CALL, "tutti/sys/a.hpp": "#include <liburing.h>\n"},
        "no standard header",
    ),
    (
        {
            "tutti/sys/CMakeLists.txt": CALL,
            "tutti/sys/a.hpp": "#include <tutti/sys/detail/b.hpp>\n",
            "tutti/sys/detail/b.hpp": "#include <unistd.h>\n",
        },
        "tutti/sys/detail/b.hpp:1: <unistd.h>",
    ),
    ({"tutti/tutti.hpp": "\n#include <functional>\n"}, "tutti/tutti.hpp:2: <functional> costs"),
]
SILENT = [
    {
        "tutti/sys/CMakeLists.txt": CALL,
        "tutti/sys/a.hpp": "#include <vector>\n#include <cstdint>\n",
        "tutti/sys/a.cpp": "#include <liburing.h>\n",
        "tutti/sys/detail/b.hpp": "#include <unistd.h>\n",
    },
]
