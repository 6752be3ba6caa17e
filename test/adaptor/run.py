"""run.py FRAMEWORK PROGRAM: runs the sound tests of a suite, which must pass, then its planted
ones, each of which must fail with the words that its bug deserves."""
import subprocess
import sys

# How a framework is told to run the tests whose names match.
SOUND = {
    "gtest": ["--gtest_filter=-planted.*"],
    "catch2": ["~[planted]"],
    "doctest": ["--test-case-exclude=planted*"],
}
ONE = {
    "gtest": lambda name: [f"--gtest_filter=planted.{name}"],
    "catch2": lambda name: [f"planted {name}"],
    "doctest": lambda name: [f"--test-case=planted {name}"],
}
PLANTED = {
    "leak": ["leak: alive when main returned", "straggler"],
    "hang": ["waits in event", "who waits"],
    "late": ["late: not over after 5 s", "waits in sleep"],
    "race": ["assertion failed at", "seed=", "read 0 A"],
}


def run(program, arguments):
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def main():
    framework, program = sys.argv[1:]
    status, text = run(program, SOUND[framework])
    wrong = [] if status == 0 else [f"the sound tests: status {status}\n{text}"]
    for name, words in PLANTED.items():
        status, text = run(program, ONE[framework](name))
        if status == 0:
            wrong.append(f"{name} passed:\n{text}")
        wrong += [f"{name} does not say {word!r}:\n{text}" for word in words if word not in text]
    print("\n".join(wrong) or f"{framework}: the sound tests pass, {len(PLANTED)} bugs are told")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
