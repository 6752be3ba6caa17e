#!/usr/bin/env python3
"""guide.py SOURCE: every C++ snippet of the guide is part of an example, which is compiled and run.

A snippet's lines follow each other in one file of example/, whatever their indentation and the
blank lines between them; a line `…` leaves something out.
"""
import pathlib
import re
import sys

# These two show fragments of what test/unit/process and test/unit/testing run.
ELSEWHERE = {"processes.md", "testing.md"}
SNIPPET = re.compile(r"^```cpp\n(.*?)^```$", re.M | re.S)


def lines_of(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def holds(example, snippet):
    """Are the lines of `snippet`, split at `…`, parts of `example` in this order?"""
    at = 0
    for part in "\n".join(snippet).split("\n…\n"):
        wanted = part.splitlines()
        places = (
            start
            for start in range(at, len(example) - len(wanted) + 1)
            if example[start : start + len(wanted)] == wanted
        )
        start = next(places, None)
        if start is None:
            return False
        at = start + len(wanted)
    return True


def main():
    root = pathlib.Path(sys.argv[1])
    examples = [
        lines_of(path.read_text(encoding="utf-8")) for path in (root / "example").glob("*.cpp")
    ]
    wrong = []
    checked = 0
    for page in sorted((root / "docs/guide").glob("*.md")):
        if page.name in ELSEWHERE:
            continue
        for snippet in SNIPPET.findall(page.read_text(encoding="utf-8")):
            checked += 1
            if not any(holds(example, lines_of(snippet)) for example in examples):
                wrong.append(f"{page.relative_to(root)}: no example has\n{snippet}")
    if wrong or not checked:
        sys.exit("\n".join(wrong) or "the guide has no snippets")
    print(f"{checked} snippets are parts of examples")


if __name__ == "__main__":
    main()
