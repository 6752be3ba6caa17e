#!/usr/bin/env python3
"""bench/seam.py [--rounds N] [--build DIR]: what the seam costs when nobody simulates.

Runs bench_seam and bench_seamless in turns and prints, for each benchmark, the ratio of the best
runs (what the machine disturbs makes a run slower, never faster), then the median of the ratios of
neighbouring runs with their range: 1.02 means that asking for a simulation costs two parts in a
hundred. The range shows how much the machine wavers.
"""
import argparse
import json
import pathlib
import statistics
import subprocess


def run(program):
    done = subprocess.run([program], capture_output=True, check=True, text=True)
    lines = map(json.loads, done.stdout.splitlines())
    return {line["bench"]: line["ns_per_op"] for line in lines}


def measure(build, rounds):
    """For each benchmark: the best runs with and without, and the ratios of neighbouring runs."""
    names = ["bench_seam", "bench_seamless"]
    found = {name: {} for name in names}
    for i in range(rounds):
        for name in names if i % 2 == 0 else names[::-1]:
            for bench, ns in run(str(build / name)).items():
                found[name].setdefault(bench, []).append(ns)
    out = {}
    for bench, with_it in found["bench_seam"].items():
        without = found["bench_seamless"][bench]
        out[bench] = (min(with_it), min(without), [a / b for a, b in zip(with_it, without)])
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/bench/bench"))
    words = parser.parse_args()
    for bench, (best, best_without, ratios) in measure(words.build, words.rounds).items():
        spread = f"({min(ratios):.3f} to {max(ratios):.3f})"
        print(f"{bench:12} {best / best_without:.3f}  {statistics.median(ratios):.3f}  {spread}")


if __name__ == "__main__":
    main()
