FIRES = [
    (
        {"tutti/core/a.cpp": "#include <vector>\n#include <unistd.h>\n"},
        "tutti/core/a.cpp:2: <unistd.h>",
    ),
    ({"tutti/async/loop.cpp": "#include <sys/epoll.h>\n"}, "<sys/epoll.h>"),
    ({"tutti/wire/a.hpp": "#  include <liburing.h>\n"}, "<liburing.h>"),
]
SILENT = [
    {
        "tutti/sys/a.cpp": "#include <unistd.h>\n",
        "tutti/async/backend/epoll.cpp": "#include <sys/epoll.h>\n",
        "tutti/core/b.cpp": "// as <unistd.h> has it\n#include <tutti/sys/clock.hpp>\n",
    },
]
