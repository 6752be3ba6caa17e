#!/usr/bin/env python3
"""scripts_fire.py NAME COMPILER: proves that tool/headers_alone.py and tool/compile_cost.py can
fail."""
import pathlib
import subprocess
import sys
import tempfile

TOOL = pathlib.Path(__file__).resolve().parent.parent.parent / "tool"

GOOD = {
    "tutti/a/good.hpp": "#pragma once\n#include <vector>\nstruct good { std::vector<int> v; };\n"
}
# script -> (planted files, what it must print, extra arguments)
PLANTED = {
    "headers_alone": [
        (
            {"tutti/a/bad.hpp": "#pragma once\nstruct bad { std::vector<int> v; };\n"},
            "tutti/a/bad.hpp does not compile alone",
        ),
        ({"tutti/a/twice.hpp": "struct twice {};\n"}, "tutti/a/twice.hpp does not compile alone"),
    ],
    "compile_cost": [
        (
            {
                "tutti/a/dear.hpp": "#pragma once\n#include <regex>\n#include <iostream>\n"
                "#include <filesystem>\n"
                "#include <thread>\n#include <future>\n"
            },
            "tutti/a/dear.hpp  over budget",
        ),
    ],
}


def run(script, compiler, files):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            where = pathlib.Path(folder) / path
            where.parent.mkdir(parents=True, exist_ok=True)
            where.write_text(text, encoding="utf-8")
        command = [sys.executable, TOOL / f"{script}.py", "--compiler", compiler, "--root", folder]
        if script == "headers_alone":
            command += ["--work", pathlib.Path(folder) / "work"]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def main():
    script, compiler = sys.argv[1:]
    wrong = []
    for files, expected in PLANTED[script]:
        done = run(script, compiler, GOOD | files)
        if done.returncode == 0 or expected not in done.stdout or "good.hpp does" in done.stdout:
            wrong.append(f"{script}: expected {expected!r}, got {done.stdout}{done.stderr}")
    done = run(script, compiler, GOOD)
    if done.returncode:
        wrong.append(f"{script}: must be silent on sound headers: {done.stdout}{done.stderr}")
    print("\n".join(wrong) or "every planted violation was found")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
