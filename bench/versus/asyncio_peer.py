"""Python's asyncio, on its own loop or on uvloop: python3 asyncio_peer.py LOOP BENCH."""
import asyncio
import json
import sys
import threading
import time

# A tenth of what the compiled programs do: the figures are per operation.
AWAIT, SPAWN, YIELD = 100_000, 30_000, 30_000
TIMER, POST, SLEEPING = 50_000, 30_000, 20_000


def say(bench, peer, seconds, operations):
    result = {"bench": bench, "peer": peer, "ns_per_op": seconds * 1e9 / operations}
    print(json.dumps(result), flush=True)


async def one():
    return 1


async def await_(peer):
    start = time.perf_counter()
    total = 0
    for _ in range(AWAIT):
        total += await one()
    assert total == AWAIT
    say("await", peer, time.perf_counter() - start, AWAIT)


async def spawn_await(peer):
    start = time.perf_counter()
    total = 0
    for _ in range(SPAWN):
        total += await asyncio.create_task(one())
    assert total == SPAWN
    say("spawn_await", peer, time.perf_counter() - start, SPAWN)


async def yield_(peer):
    start = time.perf_counter()
    for _ in range(YIELD):
        await asyncio.sleep(0)
    say("yield", peer, time.perf_counter() - start, YIELD)


async def timer_cancel(peer):
    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    timers = [loop.call_later(60 + i * 1e-6, print) for i in range(TIMER)]
    for timer in timers:
        timer.cancel()
    await asyncio.sleep(0)
    say("timer_cancel", peer, time.perf_counter() - start, TIMER)


async def timer_fire(peer):
    loop = asyncio.get_running_loop()
    fired = 0
    done = asyncio.Event()

    def fire():
        nonlocal fired
        fired += 1
        if fired == TIMER:
            done.set()

    start = time.perf_counter()
    for i in range(TIMER):
        loop.call_later(i * 1e-8, fire)
    await done.wait()
    say("timer_fire", peer, time.perf_counter() - start, TIMER)


async def sleep_task(peer):
    start = time.perf_counter()
    await asyncio.gather(*(asyncio.sleep(1e-6 + i * 1e-8) for i in range(TIMER)))
    say("sleep_task", peer, time.perf_counter() - start, TIMER)


async def post(peer):
    loop = asyncio.get_running_loop()
    arrived = 0
    done = asyncio.Event()

    def arrive():
        nonlocal arrived
        arrived += 1
        if arrived == POST:
            done.set()

    def send():
        for _ in range(POST):
            loop.call_soon_threadsafe(arrive)

    start = time.perf_counter()
    thread = threading.Thread(target=send)
    thread.start()
    await done.wait()
    say("post", peer, time.perf_counter() - start, POST)
    thread.join()


def resident():
    with open("/proc/self/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * 4096


async def sleeping_bytes(peer):
    before = resident()
    tasks = [asyncio.create_task(asyncio.sleep(600)) for _ in range(SLEEPING)]
    await asyncio.sleep(0.1)
    each = (resident() - before) / SLEEPING
    print(json.dumps({"bench": "sleeping_bytes", "peer": peer, "bytes_per_op": each}), flush=True)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def echo_server(_peer):
    async def echo(reader, writer):
        try:
            while data := await reader.read(4096):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


BENCHES = {
    "await": await_,
    "spawn_await": spawn_await,
    "yield": yield_,
    "timer_cancel": timer_cancel,
    "timer_fire": timer_fire,
    "sleep_task": sleep_task,
    "post": post,
    "sleeping_bytes": sleeping_bytes,
    "echo-server": echo_server,
}


def main():
    peer, bench = sys.argv[1], sys.argv[2]
    if peer == "uvloop":
        import uvloop

        uvloop.install()
    asyncio.run(BENCHES[bench](peer))


if __name__ == "__main__":
    main()
