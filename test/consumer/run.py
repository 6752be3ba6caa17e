#!/usr/bin/env python3
"""run.py KIND --source DIR --build DIR --compiler C --work DIR: consumes tutti as a stranger
would.

KIND is a function of this file: it builds test/consumer/app.cpp against the library in one way
and runs it. Work happens in an empty folder; what it builds goes through ccache where there is
one.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
EXPECTED = "tutti says: 3"
NOT_OURS_TO_SHOW = ("liburing", "gtest", "nlohmann", "CLI/", "zlib.h", "spdlog", "fmt/")


def run(*command, **options):
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        errors="replace",
        **options,
    )
    if done.returncode:
        sys.exit(
            f"$ {' '.join(str(word) for word in command)}\n"
            f"{done.stdout[-6000:]}{done.stderr[-6000:]}"
        )
    return done.stdout


def expect(condition, text):
    if not condition:
        sys.exit(f"consumer: {text}")


def run_app(binary, **options):
    said = run(binary, **options)
    expect(EXPECTED in said, f"{binary} said {said!r}")


def configure(where, source, options, *definitions):
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    return run(
        "cmake",
        "-G",
        "Ninja",
        "-S",
        source,
        "-B",
        where,
        f"-DCMAKE_CXX_COMPILER={options.compiler}",
        "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
        *launcher,
        *definitions,
    )


def build(where):
    environment = dict(os.environ, CCACHE_NOHASHDIR="1")
    run("cmake", "--build", where, "-j", len(os.sched_getaffinity(0)), env=environment)


def install(build_folder, prefix):
    """Installs, then moves the result: a package must not know where it was made."""
    first = prefix.with_name(prefix.name + "-first")
    run("cmake", "--install", build_folder, "--prefix", first, "--component", "dev")
    first.rename(prefix)


def use_package(options, prefix, name):
    where = options.work / name
    configure(where, HERE / "installed", options, f"-DCMAKE_PREFIX_PATH={prefix}")
    build(where)
    run_app(where / "app")
    run_app(where / "app_with_testing")
    if (prefix / "include" / "tutti" / "asio.hpp").exists():
        run_app(where / "app_with_asio")


def use_pkgconfig(options, prefix, *more):
    environment = dict(os.environ, PKG_CONFIG_PATH=str(prefix / "lib" / "pkgconfig"))
    words = run("pkg-config", "--cflags", "--libs", *more, "tutti", env=environment).split()
    binary = options.work / f"app-line{''.join(more)}"
    run(options.compiler, "-std=c++20", HERE / "app.cpp", "-o", binary, *words)
    run_app(binary, env=dict(os.environ, LD_LIBRARY_PATH=str(prefix / "lib")))
    seen = run(options.compiler, "-std=c++20", "-M", HERE / "app.cpp", *words)
    for foreign in NOT_OURS_TO_SHOW:
        expect(foreign not in seen, f"including tutti shows {foreign} to the consumer")
    version = run("pkg-config", "--modversion", "tutti", env=environment).strip()
    expect(re.fullmatch(r"\d+\.\d+\.\d+", version), f"pkg-config says version {version!r}")
    return words


def static(options):
    """The static library: installed package, plain pkg-config line, and the line for static
    linking."""
    prefix = options.work / "prefix"
    install(options.build, prefix)
    use_package(options, prefix, "package")
    use_pkgconfig(options, prefix)
    words = use_pkgconfig(options, prefix, "--static")
    expect("-luring" in words, f"pkg-config --static forgets what the library links: {words}")


def shared(options):
    """The shared library, built as a packager would."""
    made = options.work / "library"
    configure(
        made,
        options.source,
        options,
        "-DBUILD_SHARED_LIBS=ON",
        "-DTUTTI_BUILD_TESTS=OFF",
        "-DTUTTI_BUILD_EXAMPLES=OFF",
        "-DTUTTI_BUILD_CLI=OFF",
        "-DTUTTI_WARN=OFF",
    )
    build(made)
    prefix = options.work / "prefix"
    install(made, prefix)
    names = [path.name for path in (prefix / "lib").glob("libtutti.so*")]
    expect(len(names) == 3, f"the library, its soname and its link name are expected, got {names}")
    use_package(options, prefix, "package")
    words = use_pkgconfig(options, prefix)
    expect("-luring" not in words, f"a shared library's private libraries leak: {words}")


def subdirectory(options):
    """Inside of another project: nothing of ours but the library may show there."""
    where = options.work / "build"
    said = configure(where, HERE / "subdirectory", options, f"-DTUTTI_SOURCE={options.source}")
    expect(
        "GTest" not in said and "CLI11" not in said,
        "our tests' and program's packages are looked for",
    )
    tests = run("ctest", "-N", "--test-dir", where)
    expect("Total Tests: 0" in tests, f"our tests leak: {tests}")
    for entry in json.loads((where / "compile_commands.json").read_text(encoding="utf-8")):
        if "/app.cpp" not in entry["file"]:
            expect(
                not re.search(r" -W(?!no-)", entry["command"]),
                f"our warnings leak: {entry['command']}",
            )
            expect("/tutti/cli/" not in entry["file"], "our program is built")
    build(where)
    run_app(where / "app")
    prefix = options.work / "nothing"
    run("cmake", "--install", where, "--prefix", prefix)
    expect(not prefix.exists() or not any(prefix.rglob("*")), "our install rules leak")


def fetchcontent(options):
    where = options.work / "build"
    configure(
        where,
        HERE / "fetchcontent",
        options,
        f"-DFETCHCONTENT_SOURCE_DIR_TUTTI={options.source}",
        "-DFETCHCONTENT_FULLY_DISCONNECTED=ON",
    )
    build(where)
    run_app(where / "app")


def pasted(words, folder, environment):
    """Runs lines of the README as somebody who pastes them into a shell."""
    return run("sh", "-ec", words, cwd=folder, env=environment)


def readme(options):
    """What README.md tells a stranger, pasted into an empty folder: its program, its project, its
    commands. Its links lead somewhere."""
    text = (options.source / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)
    program, project = ([body for kind, body in blocks if kind == k] for k in ("cpp", "cmake"))
    expect(len(program) == 1 and len(project) == 1, "one program and one project are expected")
    expect(
        program[0] == (HERE / "readme.cpp").read_text(encoding="utf-8"),
        "the program in README.md is not test/consumer/readme.cpp",
    )
    for link in re.findall(r"\]\(([^)#]+)", text):
        if "://" not in link:
            expect((options.source / link).exists(), f"README.md links to {link}: not there")

    home = options.work / "home"
    folder = options.work / "empty"
    folder.mkdir()
    run("cmake", "--install", options.build, "--prefix", home / "tutti")
    (folder / "app.cpp").write_text(program[0], encoding="utf-8")
    (folder / "CMakeLists.txt").write_text(project[0], encoding="utf-8")
    tools = options.work / "tools"  # `g++` and the default of CMake are the compiler under test
    tools.mkdir()
    (tools / "g++").symlink_to(shutil.which(options.compiler))
    path = f"{home}/tutti/bin:{tools}:{os.environ['PATH']}"
    environment = dict(os.environ, HOME=str(home), PATH=path, CXX=options.compiler)
    lines = [body for kind, body in blocks if not kind]
    ways = [body for body in lines if "./app" in body or "build/app" in body]
    expect(len(ways) == 2, "a way with CMake and a way without are expected")
    for way in ways:
        said = pasted(way, folder, environment)
        expect(said.endswith("\n81 81 81\n"), f"{way} said {said!r}")
    advised = run(
        "tutti", "advise", "--repeat", "4", "--", "./app", cwd=folder, env=environment
    )
    expect("81 81 81" in advised, "the program's output passes through")
    expect("io_uring" in run("tutti", "doctor", env=environment), "tutti doctor says little")
    for installed in ("share/man/man1/tutti-advise.1", "share/bash-completion/completions/tutti"):
        expect((home / "tutti" / installed).exists(), f"{installed} is not installed")


KINDS = {
    function.__name__: function
    for function in (static, shared, subdirectory, fetchcontent, readme)
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("kind", choices=KINDS)
    for name in ("source", "build", "work"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    KINDS[options.kind](options)
    print(f"{options.kind}: built and ran")


if __name__ == "__main__":
    main()
