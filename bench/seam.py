#!/usr/bin/env python3
"""bench/seam.py [--rounds N] [--build DIR]: what the seam costs when nobody simulates.

Runs bench_seam and bench_seamless in turns and prints, for each benchmark, the median of the
ratios of neighbouring runs: 1.02 means that asking for a simulation costs two parts in a hundred.
The range shows how much the machine wavers.
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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/bench/bench"))
    words = parser.parse_args()
    ratios = {}
    for i in range(words.rounds):
        names = ["bench_seam", "bench_seamless"]
        order = names if i % 2 == 0 else names[::-1]
        found = {name: run(str(words.build / name)) for name in order}
        for bench, ns in found["bench_seam"].items():
            ratios.setdefault(bench, []).append(ns / found["bench_seamless"][bench])
    for bench, all_of_it in ratios.items():
        spread = f"({min(all_of_it):.3f} to {max(all_of_it):.3f})"
        print(f"{bench:12} {statistics.median(all_of_it):.3f}  {spread}")


if __name__ == "__main__":
    main()
