"""A TODO carries the number of an issue."""
WHY = "what nobody filed nobody does"


def check(tree):
    for file in tree.files:
        if file.path.startswith("test/tidy/") or file.suffix == ".md":
            continue
        yield from file.find(
            r"\b(?:TODO|FIXME|XXX|HACK)\b(?!\s*\(?#\d+)[^\n]{0,40}",
            "without an issue number: {0}",
            where="text",
        )
