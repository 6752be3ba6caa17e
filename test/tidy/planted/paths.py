FIRES = [
    (
        {"ARCHITECTURE.md": "one\n| `tutti/core/gone.hpp` | what |\n"},
        "ARCHITECTURE.md:2: names tutti/core/gone.hpp",
    ),
    ({"docs/a.md": "see [that](gone.md)\n"}, "names docs/gone.md"),
]
SILENT = [
    {
        "ARCHITECTURE.md": "`tutti/core/here.hpp` `tutti/core/` [page](docs/a.md#part) [web](https://example.org/x)\n",
        "tutti/core/here.hpp": "#pragma once\n",
        "docs/a.md": "`tutti compare` [up](../ARCHITECTURE.md)\n",
    },
]
