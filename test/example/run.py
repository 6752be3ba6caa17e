#!/usr/bin/env python3
"""run.py SOURCE -- PROGRAM…: runs an example and compares what it prints with the comment at its
end.

The comment begins with `// Output:` or `// Output, in any order:` and holds one line of output a
line. `…` stands for any text within a line.
"""
import pathlib
import re
import subprocess
import sys

LINES_MAX = 80


def expected(source):
    """(lines, does their order count)"""
    text = source.read_text(encoding="utf-8")
    lines = text.rstrip().splitlines()
    if len(lines) > LINES_MAX:
        sys.exit(f"{source}: {len(lines)} lines; an example has at most {LINES_MAX}")
    for start in range(len(lines) - 1, -1, -1):
        head = re.fullmatch(r"// Output(, in any order)?:", lines[start])
        if head:
            wanted = [re.sub(r"^// ?", "", line) for line in lines[start + 1 :]]
            return wanted, head.group(1) is None
    sys.exit(f"{source}: an example ends with a comment `// Output:`")


def fits(wanted, line):
    return re.fullmatch(".*".join(re.escape(part) for part in wanted.split("…")), line) is not None


def compare(wanted, got, ordered):
    if len(wanted) != len(got):
        return f"{len(wanted)} lines expected, {len(got)} printed"
    left = list(got)
    for line in wanted:
        index = 0 if ordered else next((i for i, other in enumerate(left) if fits(line, other)), 0)
        if not fits(line, left[index]):
            return f"expected {line!r}, got {left[index]!r}"
        del left[index]
    return ""


def main():
    source, dashes, *command = sys.argv[1:]
    assert dashes == "--" and command, __doc__
    wanted, ordered = expected(pathlib.Path(source))
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    wrong = compare(wanted, done.stdout.splitlines(), ordered)
    if done.returncode and not wrong:
        wrong = f"status {done.returncode}"
    if wrong:
        sys.exit(
            f"{source}: {wrong}\n--- printed:\n{done.stdout}--- on standard error:\n{done.stderr}"
        )
    print(done.stdout, end="")


if __name__ == "__main__":
    main()
