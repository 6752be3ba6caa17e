#!/usr/bin/env python3
"""compile_cost.py [--compiler C] [--root DIR] [--all]: what including our headers costs, against
a budget.

The yardstick is a file that includes <thread>, <mutex> and <future>: everybody who writes
concurrent C++ pays that already. tutti.hpp may cost 1.5 times as much, any single public header
1.1 times. The cost is how many bytes of types, declarations and statements clang builds from the
file (-print-stats), templates that were instantiated included: a header's share of these is
within a few per cent of its share of the compiler's time, and it is the same on every machine and
however busy that is.

What is over the budget today stands in OVER with a ceiling of its own: it may not grow, and who
brings it under the budget takes it out. Everything else keeps the budget.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

BUDGET_DOOR = 1.5
BUDGET_HEADER = 1.1
# What costs more, and the most it may: these are templates over tasks, pools and archives, whose
# types the compiler has to lay out whoever includes them.
OVER = {
    "tutti/tutti.hpp": 2.75,
    "tutti/process/process_pool.hpp": 1.65,
    "tutti/testing.hpp": 1.56,
    "tutti/testing/contracts.hpp": 1.49,
    "tutti/thread/parallel.hpp": 1.38,
    "tutti/pattern/task_graph.hpp": 1.31,
    "tutti/runtime/event_loop.hpp": 1.3,
    "tutti/thread/thread_pool.hpp": 1.3,
    "tutti/process/process.hpp": 1.29,
    "tutti/runtime/to_thread.hpp": 1.28,
    "tutti/core/executor.hpp": 1.28,
    "tutti/process/process_queue.hpp": 1.23,
    "tutti/process/connection.hpp": 1.21,
    "tutti/async/serve.hpp": 1.21,
    "tutti/pattern/cron.hpp": 1.2,
    "tutti/pattern/ticker.hpp": 1.2,
    "tutti/pattern/worker_pool.hpp": 1.2,
    "tutti/pattern/pipeline.hpp": 1.17,
    "tutti/thread/thread.hpp": 1.15,
    "tutti/async/loop.hpp": 1.15,
    "tutti/pattern/producer_consumer.hpp": 1.15,
}
YARDSTICK = "<thread> + <mutex> + <future>"
COMPONENTS = {"asio.hpp", "catch2.hpp", "doctest.hpp", "gtest.hpp"}  # cost what the other one costs
BUILT = re.compile(r"^\s*Total bytes = (\d+)", re.MULTILINE)  # of types, declarations, statements


def built_bytes(compiler, root, text):
    """Bytes of AST for a file with this text."""
    with tempfile.NamedTemporaryFile("w", suffix=".cpp", prefix="tutti-cost-") as file:
        file.write(text)
        file.flush()
        flags = ["-std=c++20", "-fsyntax-only", f"-I{root}", "-Xclang", "-print-stats"]
        command = [compiler, *flags, file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    parts = BUILT.findall(done.stderr)
    if done.returncode or len(parts) != 3:
        sys.exit(f"compile_cost: {' '.join(command)}\n{done.stderr[:2000]}")
    return sum(map(int, parts))


def public_headers(root):
    """Doors and everything a user includes by name: what lies under no detail/ or backend/
    folder."""
    for path in sorted((root / "tutti").rglob("*.hpp")):
        name = path.relative_to(root)
        if not {"detail", "backend", "cli"} & set(name.parts) and name.name not in COMPONENTS:
            yield str(name)


def budget(name):
    return BUDGET_DOOR if name.count("/") == 1 else BUDGET_HEADER


def ceiling(name):
    return OVER.get(name, budget(name))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--compiler", default="clang++-19")
    parser.add_argument(
        "--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent
    )
    parser.add_argument(
        "--all", action="store_true", help="print every header, not the dear ones only"
    )
    words = parser.parse_args()
    includes = "#include <thread>\n#include <mutex>\n#include <future>\n"
    yardstick = built_bytes(words.compiler, words.root, includes)
    cost = {
        name: built_bytes(words.compiler, words.root, f"#include <{name}>\n") / yardstick
        for name in public_headers(words.root)
    }
    dear = [name for name in cost if cost[name] > ceiling(name)]
    print(f"{YARDSTICK}: {yardstick / 1e6:.1f} MB of syntax tree")
    for name in sorted(cost, key=cost.get, reverse=True):
        if words.all or name in dear or name in OVER or name.count("/") == 1:
            verdict = "ok"
            if name in dear:
                verdict = f"over its ceiling of {ceiling(name)}" if name in OVER else "over budget"
            elif name in OVER:
                verdict = "over the budget, as known"
            print(f"  {cost[name]:5.2f} of {budget(name):.1f}  {name}  {verdict}")
    print(f"{len(cost)} headers, {len(OVER)} may cost more, {len(dear)} over")
    return 1 if dear else 0


if __name__ == "__main__":
    sys.exit(main())
