"""Pages name files that exist: ARCHITECTURE.md above all, and every relative link of the
documentation."""
import posixpath
import re

from tree import Finding

WHY = "a map that names what is not there is worse than none"

# `tutti/core/park.hpp` and the like: a path inside code marks that begins with a top folder of
# ours.
QUOTED = re.compile(r"`((?:tutti|test|bench|example|docs|cmake|tool)/[\w./-]*[\w/])`")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)(?:#[^)]*)?\)")


def check(tree):
    for file in tree.files:
        if file.suffix != ".md":
            continue
        for pattern, here in ((QUOTED, ""), (LINK, posixpath.dirname(file.path))):
            for match in pattern.finditer(file.text):
                path = posixpath.normpath(posixpath.join(here, match.group(1)))
                if not tree.exists(path) and not re.search(r"ROOM|NAME", path):
                    line = file.text.count("\n", 0, match.start()) + 1
                    yield Finding(file.path, line, f"names {path}, which does not exist")
