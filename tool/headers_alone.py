#!/usr/bin/env python3
"""headers_alone.py --compiler C [--root DIR] --work DIR [-- FLAG…]: compiles every header by
itself.

Each header gets a file that includes it twice, so a missing include and a missing guard both
show. The files stay in the work folder and are compiled through ccache where there is one: only a
header that changed costs anything.
"""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = {"cli"}  # the program's own headers lean on its libraries


def headers(root):
    for path in sorted((root / "tutti").rglob("*.hpp")):
        name = path.relative_to(root)
        if name.parts[1] not in SKIPPED:
            yield name


def compile_alone(options, launcher, header):
    """What the compiler said, or '' when the header stands alone."""
    source = options.work / (str(header).replace("/", "__") + ".cpp")
    text = f"#include <{header}>\n#include <{header}>\n"
    if not source.exists() or source.read_text(encoding="utf-8") != text:
        source.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [
            *launcher,
            options.compiler,
            "-std=c++20",
            "-O0",
            "-g0",
            "-Wall",
            "-Wextra",
            "-Werror",
            f"-I{options.root}",
            *options.flags,
            "-c",
            str(source),
            "-o",
            str(source.with_suffix(".o")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr if done.returncode else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("flags", nargs="*")
    options = parser.parse_args()
    options.root = options.root.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    launcher = ["ccache"] if shutil.which("ccache") else []
    names = list(headers(options.root))
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        said = list(pool.map(lambda name: compile_alone(options, launcher, name), names))
    broken = 0
    for name, errors in zip(names, said):
        if errors:
            broken += 1
            first = next((line for line in errors.splitlines() if "error" in line), errors[:200])
            print(f"{name} does not compile alone: {first}")
    print(f"{len(names)} headers, {broken} do not compile alone")
    return 1 if broken or not names else 0


if __name__ == "__main__":
    sys.exit(main())
