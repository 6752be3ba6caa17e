#!/usr/bin/env python3
"""compile_cost.py [--compiler C] [--root DIR]: what including our headers costs, against a
budget.

The yardstick is a file that includes <thread>, <mutex> and <future>: everybody who writes
concurrent C++ pays that already. tutti.hpp may cost 1.5 times as much, any single public header
1.1 times. Measured is the compiler's own processor time (user + system, not the clock) for
-fsyntax-only. The yardstick is measured again and again in between, and the least of each file
counts, since noise only ever adds: so one good measurement acquits a header, and a dear one gets
more before it is called so.

What is over the budget today stands in OVER with a ceiling of its own: it may not grow, and who
brings it under the budget takes it out. Everything else keeps the budget.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

BUDGET_DOOR = 1.5
BUDGET_HEADER = 1.1
# What costs more, and the most it may: these are templates over tasks, pools and archives, whose
# types the compiler has to lay out whoever includes them.
OVER = {
    "tutti/tutti.hpp": 2.7,
    "tutti/process/process_pool.hpp": 1.75,
    "tutti/testing/contracts.hpp": 1.6,
    "tutti/thread/parallel.hpp": 1.45,
    "tutti/pattern/task_graph.hpp": 1.4,
    "tutti/thread/thread_pool.hpp": 1.4,
    "tutti/runtime/event_loop.hpp": 1.4,
    "tutti/runtime/to_thread.hpp": 1.4,
    "tutti/core/executor.hpp": 1.4,
    "tutti/process/process.hpp": 1.4,
    "tutti/process/process_queue.hpp": 1.35,
    "tutti/process/connection.hpp": 1.35,
    "tutti/pattern/ticker.hpp": 1.3,
    "tutti/pattern/cron.hpp": 1.3,
    "tutti/async/serve.hpp": 1.3,
    "tutti/pattern/worker_pool.hpp": 1.3,
    "tutti/pattern/pipeline.hpp": 1.3,
    "tutti/thread/thread.hpp": 1.25,
    "tutti/pattern/producer_consumer.hpp": 1.25,
    "tutti/core/as_completed.hpp": 1.25,
    "tutti/core/for_each.hpp": 1.25,
    "tutti/core/submitted.hpp": 1.25,
    "tutti/async/loop.hpp": 1.25,
    "tutti/core/task_group.hpp": 1.25,
    "tutti/process/process_mutex.hpp": 1.25,
}
ROUNDS_MAX = 10
HOPELESS = 1.3  # this much over budget after HOPELESS_ROUNDS is no noise
HOPELESS_ROUNDS = 3
YARDSTICK_EVERY = 8  # files between two measurements of the yardstick
YARDSTICK = "<thread> + <mutex> + <future>"
ADAPTORS = {"asio.hpp", "catch2.hpp", "doctest.hpp", "gtest.hpp"}  # cost what their framework costs


def processor_seconds(command):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"compile_cost: {' '.join(command)}\n{errors.decode(errors='replace')[:2000]}")
    return usage.ru_utime + usage.ru_stime


def public_headers(root):
    """Doors and everything a user includes by name: what lies under no detail/ or backend/
    folder."""
    for path in sorted((root / "tutti").rglob("*.hpp")):
        name = path.relative_to(root)
        if not {"detail", "backend", "cli"} & set(name.parts) and name.name not in ADAPTORS:
            yield str(name)


def budget(name):
    return BUDGET_DOOR if name.count("/") == 1 else BUDGET_HEADER


def ceiling(name):
    return OVER.get(name, budget(name))


class Measure:
    def __init__(self, options, folder):
        self.command = [options.compiler, "-std=c++20", "-fsyntax-only", f"-I{options.root}"]
        self.folder = pathlib.Path(folder)
        self.best = {}

    def add(self, name, text):
        (self.folder / self.file(name)).write_text(text, encoding="utf-8")
        self.best[name] = float("inf")

    @staticmethod
    def file(name):
        return "".join(c if c.isalnum() else "_" for c in name) + ".cpp"

    def round(self, names):
        for number, name in enumerate(names):
            if number % YARDSTICK_EVERY == 0 and name != YARDSTICK:
                self.round([YARDSTICK])
            seconds = processor_seconds([*self.command, str(self.folder / self.file(name))])
            self.best[name] = min(self.best[name], seconds)

    def ratio(self, name):
        return self.best[name] / self.best[YARDSTICK]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--compiler", default="clang++-19")
    parser.add_argument(
        "--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent
    )
    parser.add_argument(
        "--all", action="store_true", help="print every header, not the dear ones only"
    )
    options = parser.parse_args()
    names = list(public_headers(options.root))
    with tempfile.TemporaryDirectory(prefix="tutti-cost-") as folder:
        measure = Measure(options, folder)
        measure.add(YARDSTICK, "#include <thread>\n#include <mutex>\n#include <future>\n")
        for name in names:
            measure.add(name, f"#include <{name}>\n")
        for _ in range(2):
            measure.round([YARDSTICK])  # the first one also warms the disk's cache
        measure.round(names)
        dear = [name for name in names if measure.ratio(name) > ceiling(name)]
        suspects = dear
        for rounds in range(1, ROUNDS_MAX):
            if rounds >= HOPELESS_ROUNDS:
                suspects = [n for n in dear if measure.ratio(n) < HOPELESS * ceiling(n)]
            if not suspects:
                break
            measure.round(suspects)
            dear = [name for name in names if measure.ratio(name) > ceiling(name)]
            suspects = [name for name in suspects if name in dear]
    print(f"{YARDSTICK}: {measure.best[YARDSTICK]:.3f} s")
    for name in sorted(names, key=measure.ratio, reverse=True):
        if options.all or name in dear or name in OVER or name.count("/") == 1:
            verdict = "ok"
            if name in dear:
                verdict = f"over its ceiling of {ceiling(name)}" if name in OVER else "over budget"
            elif name in OVER:
                verdict = "over the budget, as known"
            print(f"  {measure.ratio(name):5.2f} of {budget(name):.1f}  {name}  {verdict}")
    print(f"{len(names)} headers, {len(OVER)} may cost more, {len(dear)} over")
    return 1 if dear else 0


if __name__ == "__main__":
    sys.exit(main())
