"""Types and files use the words of docs/glossary.md, never the synonyms of its `not` columns."""
import re

import cpp
from tree import Finding

WHY = "one word per role everywhere; docs/glossary.md is the law"


def check(tree):
    page = tree.by_path.get("docs/glossary.md")
    if page is None:
        yield Finding("docs/glossary.md", 1, "the glossary is missing")
        return
    synonyms = read(page)
    for file in tree.cpp("tutti"):
        if file.room == "cli":
            continue  # the program has subjects of its own, such as the jobs it compares
        stem = synonym_in(file.stem, synonyms)
        if stem:
            yield Finding(
                file.path, 1, f"file name {file.stem}: write {synonyms[stem]} instead of {stem}"
            )
        for match in re.finditer(
            r"\b(?:class|struct|enum(?:\s+class)?|using|concept)\s+([a-z]\w*)\b(?!\s*::)", file.code
        ):
            word = synonym_in(match.group(1), synonyms)
            if word:
                yield Finding(
                    file.path,
                    cpp.line_of(file.code, match.start()),
                    f"type {match.group(1)}: write {synonyms[word]} instead of {word}",
                )


def read(page):
    """{synonym: the word to write} from every table `word | meaning | not`.

    A synonym counts wherever it is one of the words of a name; the empty words of the last table,
    in the row `(a subject)`, count where they end a name (`string_util`): they are its noun there.
    """
    synonyms = {}
    for line in page.lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and cells[0] not in ("word", "---"):
            for synonym in filter(None, (word.strip() for word in cells[2].split(","))):
                synonyms.setdefault(synonym, cells[0])
    return synonyms


def synonym_in(name, synonyms):
    words = f"_{name.lower()}_"
    return next(
        (
            s
            for s, word in synonyms.items()
            if f"_{s}_" in words and (word[0] != "(" or words.endswith(f"_{s}_"))
        ),
        None,
    )
