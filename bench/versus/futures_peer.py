"""Python's concurrent.futures and queue: python3 futures_peer.py BENCH."""
import concurrent.futures
import json
import queue
import sys
import threading
import time

ROUND_TRIPS = 3000
QUEUE = 100_000  # a tenth of what the compiled programs do


def say(bench, seconds, operations):
    result = {"bench": bench, "peer": "concurrent.futures", "ns_per_op": seconds * 1e9 / operations}
    print(json.dumps(result), flush=True)


def square(x):
    return x * x


def process_round_trip():
    with concurrent.futures.ProcessPoolExecutor(max_workers=1) as pool:
        assert pool.submit(square, 3).result() == 9
        start = time.perf_counter()
        for i in range(ROUND_TRIPS):
            assert pool.submit(square, i).result() == i * i
        say("process_round_trip", time.perf_counter() - start, ROUND_TRIPS)


def queue_1p1c():
    q = queue.Queue(1024)

    def produce():
        for i in range(QUEUE):
            q.put(i)

    start = time.perf_counter()
    thread = threading.Thread(target=produce)
    thread.start()
    total = sum(q.get() for _ in range(QUEUE))
    thread.join()
    assert total == QUEUE * (QUEUE - 1) // 2
    say("queue_1p1c", time.perf_counter() - start, QUEUE)


if __name__ == "__main__":
    {"process_round_trip": process_round_trip, "queue_1p1c": queue_1p1c}[sys.argv[1]]()
