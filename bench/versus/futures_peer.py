"""Python's queue between threads: python3 futures_peer.py BENCH."""
import json
import queue
import sys
import threading
import time

QUEUE = 100_000  # a tenth of what the compiled programs do


def say(bench, seconds, operations):
    result = {"bench": bench, "peer": "concurrent.futures", "ns_per_op": seconds * 1e9 / operations}
    print(json.dumps(result), flush=True)


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
    {"queue_1p1c": queue_1p1c}[sys.argv[1]]()
