#!/usr/bin/env python3
"""bench/laboratory.py [--rounds N] [--build DIR] [--out FILE]: the laboratory's own figures.

Runs bench_laboratory, bench_seam and bench_seamless and replaces the last section of RESULTS.md.
The range says how far to trust a ratio on the machine as it was.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess

import seam

ROOT = pathlib.Path(__file__).resolve().parent
TITLE = "## The laboratory"


def lines_of(program):
    done = subprocess.run([program], capture_output=True, check=True, text=True)
    return {line["bench"]: line for line in map(json.loads, done.stdout.splitlines())}


def speed(build, rounds):
    runs = [lines_of(str(build / "bench_laboratory")) for _ in range(rounds)]
    explored = [r["explore"] for r in runs]
    rates = [e["schedules_per_second"] for e in explored]
    real = statistics.median(e["simulated_runs_per_real_run"] for e in explored)
    day = statistics.median(r["day_of_cron"]["seconds"] for r in runs)
    spread = f"{min(rates):,.0f} – {max(rates):,.0f}"
    return [
        "* Schedules a second on one core, two threads with a lock, "
        f"{explored[0]['steps']} steps at most: {statistics.median(rates):,.0f} ({spread}); "
        f"{real:.0f} simulated runs in the time of one with real threads.",
        f"* A simulated day of a `cron` that ticks every minute: {day * 1000:.1f} ms.",
    ]


def cost(build, rounds):
    out = [
        "",
        "What it costs that every primitive asks for a simulation, when there is none: the library "
        "as it is over the same library without the question.",
        "",
        "| operation | as it is | without | best over best | neighbouring runs (range) |",
        "|---|---:|---:|---:|---:|",
    ]
    for bench, (best, without, ratios) in seam.measure(build, rounds).items():
        spread = f"{min(ratios):.3f} – {max(ratios):.3f}"
        out.append(
            f"| {bench} | {best:.2f} ns | {without:.2f} ns | {best / without:.3f} | "
            f"{statistics.median(ratios):.3f} ({spread}) |"
        )
    return out


def keep_rest(path):
    text = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    return text.split(TITLE)[0].rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    programs = ROOT.parent / "build" / "bench" / "bench"
    parser.add_argument("--build", type=pathlib.Path, default=programs)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "RESULTS.md")
    words = parser.parse_args()
    load = f"Load average when they began: {os.getloadavg()[0]:.1f}."
    section = [TITLE, "", f"{words.rounds} rounds; see `bench/laboratory.py`. {load}", "",
               *speed(words.build, min(words.rounds, 5)), *cost(words.build, words.rounds)]
    words.out.write_text(keep_rest(words.out) + "\n" + "\n".join(section) + "\n", encoding="utf-8")
    print("\n".join(section))


if __name__ == "__main__":
    main()
