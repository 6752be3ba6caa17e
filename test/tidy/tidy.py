#!/usr/bin/env python3
"""tidy.py [--root DIR] [RULE…]: reads the tree and names what breaks the house rules.

A rule is a module below rules/ with WHY (a sentence) and check(tree), which gives Findings. A
finding is waived by a comment on its line or the one above: `tidy: allow RULE: reason`.
"""
import argparse
import importlib
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import tree as tree_module  # noqa: E402  (found through the line above)


def rule_names():
    return sorted(p.stem for p in (HERE / "rules").glob("*.py") if p.stem != "__init__")


def waived(tree, rule, finding):
    file = tree.by_path.get(finding.path)
    if file is None:
        return False
    near = file.lines[max(0, finding.line - 2) : finding.line]
    return any(re.search(rf"tidy: allow {rule}: \S.{{8,}}", line) for line in near)


def findings(tree, rule):
    module = importlib.import_module(f"rules.{rule}")
    return [f for f in module.check(tree) if not waived(tree, rule, f)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--root", default=HERE.parent.parent)
    parser.add_argument("rules", nargs="*", metavar="RULE")
    options = parser.parse_args()
    tree = tree_module.Tree(options.root)
    total = 0
    for rule in options.rules or rule_names():
        found = findings(tree, rule)
        total += len(found)
        for finding in found:
            print(f"{finding}  [{rule}]")
        if found:
            print(f"  why {rule}: {importlib.import_module(f'rules.{rule}').WHY}")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
