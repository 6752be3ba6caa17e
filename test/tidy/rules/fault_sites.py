"""What the system may refuse has a fault site, and testing::known_faults() lists every site."""
import re

import cpp
from tree import Finding

WHY = "an error path that no test can reach is not tested"

LIST = "tutti/testing/fault.cpp"
SITE = re.compile(
    r'"((?:core|epoll|file|io_uring|net|pipe|process|signals|thread|worker)\.[a-z_]+)"'
)
# Calls that give something out, and can therefore run out of it.
CALLS = re.compile(
    r"(?<![\w:])::(socket|bind|listen|connect|accept4|recv|recvfrom|send|sendto|eventfd"
    r"|epoll_create1|memfd_create|fallocate|shm_open|pipe2|socketpair|posix_spawnp?"
    r"|pthread_create|io_uring_queue_init_params)\s*\("
)
LINES_BEFORE = 12
# What a zygote does, it does in a process of its own, where no test injects anything; the blocking
# socket serves the program `tutti`, not the library.
ELSEWHERE = {
    ("tutti/process/backend/zygote.cpp", "recv"),
    ("tutti/process/backend/zygote.cpp", "send"),
}
SKIPPED = {"tutti/sys/blocking_socket.cpp"}


def check(tree):
    listed = {}
    used = {}
    for file in tree.cpp("tutti"):
        if file.path == LIST:
            for match in SITE.finditer(file.text):
                listed.setdefault(match.group(1), cpp.line_of(file.text, match.start()))
            continue
        if file.suffix == ".hpp":
            continue  # examples in comments
        for match in SITE.finditer(file.text):
            where = (file.path, cpp.line_of(file.text, match.start()))
            used.setdefault(match.group(1), where)
        yield from without_a_site(file)
    for site in sorted(used.keys() - listed.keys()):
        yield Finding(*used[site], f"the site {site} is not in known_faults()")
    for site in sorted(listed.keys() - used.keys()):
        yield Finding(LIST, listed[site], f"nothing has the site {site}")


def without_a_site(file):
    if file.room not in {"async", "process", "sys"} or file.path in SKIPPED:
        return
    lines = file.text.splitlines()
    for match in CALLS.finditer(file.code):
        if (file.path, match.group(1)) in ELSEWHERE:
            continue
        line = cpp.line_of(file.code, match.start())
        before = "\n".join(lines[max(0, line - 1 - LINES_BEFORE) : line])
        if not SITE.search(before) and "injected_fault(" not in before:
            yield Finding(file.path, line, f"{match.group(1)} has no fault site before it")
