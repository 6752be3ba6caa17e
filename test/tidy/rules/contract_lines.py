"""A type that holds an atomic, a lock or a list of waiters opens with the five contract lines.

Plain data that belongs to such a type says so instead: `/// Part of lane: …`, and lane, in the
same file, has the five lines (a struct without functions of its own; whatever it promises, the
other one promises).
"""
import re

import cpp
from tree import Finding

WHY = (
    "who may call it, how long it lives, whom it wakes, what is ordered, what cancelling "
    "does (docs/glossary.md)"
)

LINES = ("Threads:", "Lifetime:", "Wakes:", "Order:", "Cancel:")
# A member by value: an atomic, a lock, a parker. References, pointers and parameters do not make
# a type concurrent.
MEMBER = re.compile(
    r"(?:^|[;{}:>\s])(?:(?:tutti::)?sys::|std::|detail::)?"
    r"(?:atomic\s*<[^;()]*>+|mutex|shared_mutex|parker|atomic_flag|wait_list|waiter_list)"
    r"\s+\w+\s*(?:\{[^;]*\}|=[^;]*|TUTTI_\w+\([^)]*\)\s*)?;",
    re.M,
)


def check(tree):
    for file in tree.cpp("tutti"):
        complete = {c.name for c in cpp.classes(file.code) if not missing_lines(file, c)}
        for found in cpp.classes(file.code):
            member = MEMBER.search(found.body)
            if not member or found.name == "atomic":  # the atomic itself: its order is per call
                continue
            missing = missing_lines(file, found)
            part = re.search(r"\bPart of (\w+)", comment(file, found))
            if (
                part
                and part.group(1) in complete
                and "(" not in re.sub(r"(?:TUTTI_\w+|alignas)\s*\(", "", found.body)
            ):
                continue
            if missing:
                held = " ".join(member.group().split()).strip(";{}: ")
                yield Finding(
                    file.path,
                    found.line,
                    f"{found.name} holds `{held}` but its comment lacks {' '.join(missing)}",
                )


def comment(file, found):
    return cpp.doc_comment_above(file.text, line_start(file.text, found.start))


def missing_lines(file, found):
    return [line for line in LINES if line not in comment(file, found)]


def line_start(text, position):
    return text.rfind("\n", 0, position) + 1
