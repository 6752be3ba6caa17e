"""Files end at 700 lines, code lines at 100 columns, functions at 70 lines."""
import re

import cpp
from tree import CPP, SCRIPTS, Finding

WHY = "what does not fit has two subjects"

LINES_MAX = 700
COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70


def check(tree):
    for file in tree.files:
        is_code = file.suffix in CPP | SCRIPTS or file.parts[0] in ("tool", ".ci")
        if (is_code or file.suffix == ".md") and len(file.lines) > LINES_MAX:
            yield Finding(
                file.path, LINES_MAX, f"{len(file.lines)} lines; a file ends at {LINES_MAX}"
            )
        if is_code and not file.path.startswith("test/tidy/planted/"):  # samples in strings
            for number, line in enumerate(file.lines, 1):
                if len(line) > COLUMNS_MAX and "http" not in line:
                    yield Finding(
                        file.path, number, f"{len(line)} columns; a line ends at {COLUMNS_MAX}"
                    )
        if file.suffix in CPP and file.parts[0] == "tutti":
            yield from long_functions(file)


def long_functions(file):
    """A brace after `)` and qualifiers, outside of a namespace-like head, opens a function."""
    head = re.compile(
        r"\)\s*(?:const|noexcept(?:\([^()]*\))?|override|final|mutable|&{1,2}|->\s*[\w:<>,&* ]+"
        r"|TUTTI_\w+(?:\([^)]*\))?|:\s*[^;{}]*|\s)*\{"
    )
    end = 0
    for match in head.finditer(file.code):
        if match.start() < end:
            continue  # inside the function already looked at: lambdas, loops, conditions
        end = cpp.matching(file.code, match.end() - 1)
        lines = file.code.count("\n", match.start(), end)
        if lines > FUNCTION_LINES_MAX:
            yield Finding(
                file.path,
                cpp.line_of(file.code, match.start()),
                f"a function of {lines} lines; it ends at {FUNCTION_LINES_MAX}",
            )
