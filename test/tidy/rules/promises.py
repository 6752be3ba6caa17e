"""Pages promise nothing that is not in the tree: names, commands of the program, make targets,
quoted files."""
import re

from tree import Finding

WHY = "a reader believes the page; what it names must be there today"

NAME = re.compile(r"\btutti::((?:\w+::)*\w+)")
MAKE = re.compile(r"(?:^|`|\$ )make ([a-z]+)\b", re.M)
COMMAND = re.compile(r"(?:^|`|\$ )tutti ([a-z]+)\b", re.M)
# A code block below this comment is a piece of that file, line for line.
QUOTE = re.compile(r"<!-- from (\S+) -->\n+```\w*\n(.*?)```", re.S)
CMAKE_TARGETS = {"tutti", "testing"}


def check(tree):
    names = identifiers(tree)
    for file in tree.files:
        if file.suffix != ".md" or file.parts[0] == "test":
            continue
        for match in NAME.finditer(file.text):
            last = match.group(1).split("::")[-1]
            if last not in names and last not in CMAKE_TARGETS:
                yield at(file, match, f"names tutti::{match.group(1)}, which no public header has")
        for match in COMMAND.finditer(file.text):
            if not tree.exists(f"tutti/cli/{match.group(1)}") and match.group(1) != "all":
                yield at(
                    file, match, f"names the command `tutti {match.group(1)}`, which does not exist"
                )
        for match in MAKE.finditer(file.text):
            if not has_target(tree, match.group(1)):
                yield at(
                    file, match, f"names `make {match.group(1)}`, which the Makefile does not have"
                )
        for match in QUOTE.finditer(file.text):
            yield from quoted(tree, file, match)


def at(file, match, text):
    return Finding(file.path, file.text.count("\n", 0, match.start()) + 1, text)


def identifiers(tree):
    words = set()
    for file in tree.cpp("tutti"):
        if file.suffix == ".hpp" and file.room != "cli":
            words.update(re.findall(r"[A-Za-z_]\w*", file.code))
    return words


def has_target(tree, target):
    makefile = tree.root / "Makefile"
    return makefile.exists() and re.search(
        rf"^[a-z ]*\b{target}\b[a-z ]*:", makefile.read_text(), re.M
    )


def quoted(tree, file, match):
    source = tree.root / match.group(1)
    if not source.exists():
        yield at(file, match, f"quotes {match.group(1)}, which does not exist")
    elif match.group(2).strip() not in source.read_text(encoding="utf-8"):
        yield at(file, match, f"quotes lines that {match.group(1)} does not have")
