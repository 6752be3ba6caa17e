"""Every order stronger than relaxed names its meeting, `pairs: NAME`, and the meeting has two
sides."""
import collections
import re

import cpp
from tree import Finding

WHY = (
    "an order without its partner orders nothing; naming both sides is the proof that "
    "somebody thought of it"
)

# An order stands as an argument: after `(` or `,`, before `,` or `)`. `s.release()` is no order.
ORDER = re.compile(
    r"[(,?:]\s*((?:(?:\w+::)*memory_order(?:::|_)|(?:\w+::)+)?"
    r"(?:acquire|release|acq_rel|seq_cst))\s*(?=[,):])"
)
NAME = re.compile(r"pairs:\s*([\w./~-]*\w)")
GIVES = {"release", "acq_rel", "seq_cst"}
TAKES = {"acquire", "acq_rel", "seq_cst"}
LINES_ABOVE = 4


def check(tree):
    sides = collections.defaultdict(lambda: [set(), None])  # name -> orders seen, where first
    for file in tree.cpp("tutti"):
        comments = file.comments.split("\n")
        for match in ORDER.finditer(file.code):
            line = cpp.line_of(file.code, match.start(1))
            order = re.split(r"::|memory_order_", match.group(1))[-1]
            names = names_near(comments, line)
            if not names:
                yield Finding(file.path, line, f"{order} without `pairs: NAME` beside or above it")
            for name in names:
                sides[name][0].add(order)
                sides[name][1] = sides[name][1] or (file.path, line)
    for name, (orders, where) in sorted(sides.items()):
        if not orders & GIVES:
            yield Finding(
                *where, f"pairs: {name}: nobody releases it, only {' '.join(sorted(orders))}"
            )
        elif not orders & TAKES:
            yield Finding(
                *where, f"pairs: {name}: nobody acquires it, only {' '.join(sorted(orders))}"
            )


def names_near(comments, line):
    """Names on the line itself and its continuation, else in the comment closest above."""
    here = " ".join(comment.strip().lstrip("/ ") for comment in comments[line - 1 : line + 2])
    names = NAME.findall(here)
    for above in range(line - 2, max(-1, line - 2 - LINES_ABOVE), -1):
        if names:
            break
        names = NAME.findall(comments[above] + " " + comments[above + 1].strip().lstrip("/ "))
    return names
