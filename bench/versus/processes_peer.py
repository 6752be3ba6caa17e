"""Python's process pools and primitives: python3 processes_peer.py PEER BENCH."""
import array
import concurrent.futures
import json
import multiprocessing
import multiprocessing.shared_memory
import os
import signal
import statistics
import sys
import time

PEER, BENCH = sys.argv[1], sys.argv[2]
clock = time.perf_counter


def say(seconds, operations=1):
    result = {"bench": BENCH, "peer": PEER, "ns_per_op": seconds * 1e9 / operations}
    print(json.dumps(result), flush=True)


def square(x):
    return x * x


def plus_one(x):
    return x + 1


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def back(block):
    return block


def touch(name):
    memory = multiprocessing.shared_memory.SharedMemory(name)
    memory.buf[0] = memory.buf[0] ^ 1
    memory.close()


def produce(q, n):
    for i in range(n):
        q.put(i)


class Executor:
    def __init__(self, workers):
        self.pool = concurrent.futures.ProcessPoolExecutor(workers)

    def call(self, f, *args):
        return self.pool.submit(f, *args).result()

    def many(self, f, inputs):
        return [x.result() for x in [self.pool.submit(f, i) for i in inputs]]

    def map(self, f, inputs):
        return list(self.pool.map(f, inputs, chunksize=max(1, len(inputs) // 8)))

    def close(self):
        self.pool.shutdown()


class Pool:
    def __init__(self, workers):
        self.pool = multiprocessing.Pool(workers)

    def call(self, f, *args):
        return self.pool.apply_async(f, args).get()

    def many(self, f, inputs):
        return [x.get() for x in [self.pool.apply_async(f, (i,)) for i in inputs]]

    def map(self, f, inputs):
        return self.pool.map(f, inputs)

    def close(self):
        self.pool.terminate()
        self.pool.join()


class Joblib:
    def __init__(self, workers):
        import joblib

        self.delayed = joblib.delayed
        # With one worker it runs calls in the process that asks.
        self.pool = joblib.Parallel(max(2, workers))

    def call(self, f, *args):
        return self.pool([self.delayed(f)(*args)])[0]

    def many(self, f, inputs):
        return self.pool(self.delayed(f)(i) for i in inputs)

    map = many

    def close(self):
        pass


MAKERS = {"concurrent.futures pool": Executor, "multiprocessing.Pool": Pool, "joblib": Joblib}


def median(times, once):
    say(statistics.median(once() for _ in range(times)))


def timed(f, *args):
    start = clock()
    f(*args)
    return clock() - start


def round_trip(make):
    pool = make(1)
    pool.call(square, 3)
    n = 300 if make is Joblib else 3000
    start = clock()
    for i in range(n):
        assert pool.call(square, i) == i * i
    say(clock() - start, n)
    pool.close()


def cold(make):
    pool = make(1)
    pool.call(square, 3)

    def once():
        time.sleep(0.002)
        return timed(pool.call, square, 3)

    median(100, once)
    pool.close()


def many(make):
    pool = make(2)
    pool.call(square, 3)
    n = 10_000
    start = clock()
    assert pool.many(plus_one, range(n))[-1] == n
    say(clock() - start, n)
    pool.close()


def map_all(make):
    pool = make(2)
    inputs = [1] * 500_000
    pool.map(plus_one, inputs[:1000])
    start = clock()
    assert pool.map(plus_one, inputs)[-1] == 2
    say(clock() - start, len(inputs))
    pool.close()


def start_pool(make):
    if make is Joblib:
        sys.exit(2)  # keeps its workers from one pool to the next

    def once():
        start = clock()
        pool = make(2)
        pool.many(square, [3, 4])
        seconds = clock() - start
        pool.close()
        return seconds

    median(11, once)


def crash_pool(make):
    if make is not Executor:
        sys.exit(2)  # waits for ever, or cannot be asked alone

    def once():
        pool = make(2)
        pool.many(square, [3, 4])
        start = clock()
        try:
            pool.call(crash)
        except concurrent.futures.process.BrokenProcessPool:
            pass
        seconds = clock() - start
        pool.close()
        return seconds

    median(11, once)


def crash_next(make):
    if make is not Executor:
        sys.exit(2)
    pool = make(1)

    def once():
        nonlocal pool
        start = clock()
        try:
            pool.call(crash)
        except concurrent.futures.process.BrokenProcessPool:
            pass
        pool = make(1)  # the old one is of no more use
        pool.call(square, 3)
        return clock() - start

    median(11, once)


def block(make, size, times):
    pool = make(1)
    sent = array.array("d", bytes(size)).tobytes()
    pool.call(back, sent)
    median(times, lambda: timed(pool.call, back, sent))
    pool.close()


def shared(make):
    # Before the pool: its workers then have our tracker, and none of their own that removes what is
    # ours.
    memory = multiprocessing.shared_memory.SharedMemory(create=True, size=100 << 20)
    memory.buf[:] = bytes(100 << 20)
    pool = make(1)
    pool.call(touch, memory.name)
    median(201, lambda: timed(pool.call, touch, memory.name))
    pool.close()
    memory.close()
    memory.unlink()


def mutex(make):
    if make is not Pool:
        sys.exit(2)
    lock = multiprocessing.Lock()
    n = 200_000
    start = clock()
    for _ in range(n):
        lock.acquire()
        lock.release()
    say(clock() - start, n)


def queue(make):
    if make is not Pool:
        sys.exit(2)
    q = multiprocessing.Queue()
    n = 20_000
    producer = multiprocessing.Process(target=produce, args=(q, n))
    producer.start()
    q.get()
    start = clock()
    for _ in range(n - 1):
        q.get()
    say(clock() - start, n - 1)
    producer.join()


if __name__ == "__main__":
    maker = MAKERS[PEER]
    {
        "process_round_trip": round_trip,
        "process_round_trip_asleep": round_trip,  # they never spin
        "process_cold": cold,
        "process_cold_asleep": cold,
        "process_many": many,
        "process_many_asleep": many,
        "process_map": map_all,
        "process_start": start_pool,
        "process_crash": crash_pool,
        "process_crash_next": crash_next,
        "process_vector_100m": lambda m: block(m, 100 << 20, 3),
        "process_vector_1m": lambda m: block(m, 1 << 20, 51),
        "process_shared_100m": shared,
        "process_mutex": mutex,
        "process_queue": queue,
        "process_kill_late": lambda m: sys.exit(2),
    }[BENCH](maker)
