"""The operating system's headers are included where the machine is met, nowhere else."""
from tree import Finding

WHY = (
    "system calls enter through sys/ (or a backend/ folder), so that tests can stand in "
    "for the machine"
)

ROOMS = {"base", "sys", "cli"}  # cli is a program of its own and owes no one a simulated machine
FOLDERS = ("sys/", "linux/", "netinet/", "arpa/", "net/", "asm/", "bits/")
HEADERS = {
    "unistd.h",
    "pthread.h",
    "fcntl.h",
    "poll.h",
    "sched.h",
    "signal.h",
    "csignal",
    "netdb.h",
    "dirent.h",
    "dlfcn.h",
    "liburing.h",
    "semaphore.h",
    "spawn.h",
    "termios.h",
    "syscall.h",
    "elf.h",
    "link.h",
    "ucontext.h",
    "ifaddrs.h",
    "mqueue.h",
    "aio.h",
    "execinfo.h",
}


def check(tree):
    for file in tree.cpp("tutti", "example"):
        if file.room in ROOMS or "backend" in file.parts:
            continue
        for line, spelled in file.includes():
            name = spelled[1:-1]
            if name in HEADERS or name.startswith(FOLDERS):
                yield Finding(file.path, line, f"{spelled} belongs into sys/ or a backend/ folder")
