#!/usr/bin/env python3
"""fires.py [RULE…]: proves that a rule sees a planted violation and stays silent on sound code.

planted/RULE.py holds FIRES, a list of (files, text the finding must contain), and SILENT, a list
of files; files is a dict from path to content, written into an empty folder.
"""
import importlib
import pathlib
import sys
import tempfile

import tidy
import tree as tree_module


def planted_tree(folder, files):
    for path, content in files.items():
        where = pathlib.Path(folder) / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(content, encoding="utf-8")
    return tree_module.Tree(folder)


def complaints(rule):
    planted = importlib.import_module(f"planted.{rule}")
    if not planted.FIRES:
        yield f"{rule}: nothing planted"
    for files, expected in planted.FIRES:
        with tempfile.TemporaryDirectory() as folder:
            found = [str(f) for f in tidy.findings(planted_tree(folder, files), rule)]
        if not any(expected in f for f in found):
            yield f"{rule}: no finding contains {expected!r} in {files}; found {found}"
    for files in planted.SILENT:
        with tempfile.TemporaryDirectory() as folder:
            found = [str(f) for f in tidy.findings(planted_tree(folder, files), rule)]
        if found:
            yield f"{rule}: must be silent on {files}; found {found}"


def main():
    wrong = [text for rule in sys.argv[1:] or tidy.rule_names() for text in complaints(rule)]
    print("\n".join(wrong) or "every planted violation was found")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
