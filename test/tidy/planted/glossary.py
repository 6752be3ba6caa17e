PAGE = {
    "docs/glossary.md": "| word | meaning | not |\n|---|---|---|\n| task | what runs | job, fiber |\n"
    "| scope | owner | nursery |\n| (a subject) | x | util |\n"
}

FIRES = [
    (
        PAGE | {"tutti/core/a.hpp": "\nclass job_queue {};\n"},
        "tutti/core/a.hpp:2: type job_queue: write task",
    ),
    (PAGE | {"tutti/core/fiber.hpp": "int x;\n"}, "file name fiber"),
    (PAGE | {"tutti/core/string_util.cpp": "int x;\n"}, "write (a subject) instead of util"),
    (PAGE | {"tutti/core/a.hpp": "using my_nursery = int;\n"}, "write scope instead of nursery"),
    ({"tutti/core/a.hpp": "int x;\n"}, "the glossary is missing"),
]
SILENT = [
    PAGE
    | {
        "tutti/core/task.hpp": "// unlike a job of others\nclass task {};\nstruct jobless_t {};\n",
        "tutti/sys/util_program.hpp": "int x;\n",
    }
]
