#!/usr/bin/env python3
"""run.py compile FILE -- COMMAND…   or   run.py abort FILE -- PROGRAM…

compile: the compiler must refuse FILE, and its *first* error line must contain the text that FILE
states as `// expect: TEXT`. The same file must compile with -DCONTROL, where it is written right:
otherwise any typing error would pass for the refusal.
abort: PROGRAM must end by SIGABRT, and say TEXT on standard error.
`// expect note: REGEX` must stand anywhere in what the compiler says.
`// expect g++: TEXT` and `// expect clang: TEXT` count for one compiler only; `// only clang: why`
leaves the other one out.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys

SKIPPED = 77


def stated(source, compiler):
    """The texts FILE expects of this compiler, or None when it is not meant."""
    text = source.read_text(encoding="utf-8")
    only = re.search(r"^// only (clang|g\+\+):", text, re.M)
    if only and only.group(1) != compiler:
        return None
    found = re.findall(rf"^// expect(?: {re.escape(compiler)})?: (.+)$", text, re.M)
    if not found:
        sys.exit(f"{source}: no `// expect: TEXT` for {compiler}")
    return [line.strip() for line in found]


def family(command):
    version = subprocess.run(
        [command[0], "--version"], capture_output=True, text=True, check=False
    ).stdout
    return "clang" if "clang" in version else "g++"


def refuse(source, command):
    texts = stated(source, family(command))
    if texts is None:
        return SKIPPED
    done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    errors = [line for line in done.stderr.splitlines() if re.search(r"\berror:", line)]
    if done.returncode == 0 or not errors:
        sys.exit(f"{source} compiles, but must not:\n{done.stderr}")
    for text in texts:
        if text not in errors[0]:
            sys.exit(f"{source}: the first error line must contain {text!r}:\n{errors[0]}")
    for text in re.findall(r"^// expect note: (.+)$", source.read_text(encoding="utf-8"), re.M):
        if not re.search(text.strip(), done.stderr):
            sys.exit(f"{source}: the compiler must say {text!r}:\n{done.stderr}")
    control = subprocess.run(
        [*command, "-DCONTROL", str(source)], capture_output=True, text=True, check=False
    )
    if control.returncode:
        sys.exit(f"{source}: with -DCONTROL it must compile:\n{control.stderr}")
    print(errors[0])
    return 0


def abort(source, command):
    texts = stated(source, "clang") or []
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    # A launcher such as setarch execs, so the status is the program's own.
    if done.returncode != -signal.SIGABRT:
        sys.exit(f"{source}: must abort, ended with {done.returncode}:\n{done.stderr}")
    for text in texts:
        if text not in done.stderr:
            sys.exit(f"{source}: must say {text!r}, said:\n{done.stderr}")
    print(done.stderr)
    return 0


def main():
    os.environ["LC_ALL"] = "C"  # compilers quote with plain quotes there
    kind, file, dashes, *command = sys.argv[1:]
    assert dashes == "--" and command, __doc__
    return {"compile": refuse, "abort": abort}[kind](pathlib.Path(file), command)


if __name__ == "__main__":
    sys.exit(main())
