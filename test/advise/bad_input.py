"""What can go wrong with the program under `tutti advise`, each with the answer it must give.

    bad_input.py TUTTI CORPUS

Exit codes, words and files are checked; durations are not.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

TUTTI, CORPUS = sys.argv[1], sys.argv[2]
failed = []


def advise(*words, **with_):
    """Runs tutti advise; answers exit code, standard output and standard error as bytes."""
    done = subprocess.run([TUTTI, "advise", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False, **with_)
    return done.returncode, done.stdout, done.stderr


def expect(name, condition, seen):
    print("ok   " if condition else "WRONG", name)
    if not condition:
        print("      ", seen)
        failed.append(name)


def check(name, words, code, *parts, **with_):
    got, out, err = advise(*words, **with_)
    said = b" ".join((out + err).split())  # lines are wrapped anywhere
    missing = [p for p in parts if p.encode() not in said]
    expect(name, got == code and not missing,
           (got, missing, err.decode(errors="replace")[-1500:]))
    return out, err


def usage():
    check("command not found", ["--", "no-such-program-here"], 127,
          "cannot run 'no-such-program-here'", "PATH")
    check("not executable", ["--", "/etc/passwd"], 126, "not an executable file")
    check("unknown option", ["--repaet", "3", "--", "true"], 2, "did you mean '--repeat'?")
    check("no program", [], 2, "which program?")
    check("program and PID", ["--pid", "1", "--", "true"], 2, "not both")
    check("not a time", ["--for", "soon", "--", "true"], 2, "not a length of time")
    check("not a load", ["--load", "much", "--", "true"], 2, "not a load")
    check("not a PID", ["--pid", "0"], 2, "not a whole number")


def passing_through(folder):
    check("ends at once", ["-q", "--", "true"], 0, "no verdict", "--repeat")
    check("its exit code", ["-q", "--", "sh", "-c", "exit 7"], 7, "exit code 7")
    check("its deadly signal", ["-q", "--", "sh", "-c", "kill -SEGV $$"], 128 + signal.SIGSEGV,
          "signal SEGV")
    out, _ = check("its input and output", ["-q", "--", "cat"], 0, input=b"through\x00\xff it")
    expect("its output byte by byte", out == b"through\x00\xff it", out)
    check("repeat adds up", ["-q", "--repeat", "4", "--", "sleep", "0.2"], 0, "in 4 runs")
    marker = folder / "was-run"
    check("report not writable",
          ["-q", "--json", "/proc/no/report.json", "--", "touch", str(marker)], 125,
          "nothing was run")
    expect("and nothing was run", not marker.exists(), marker)
    check("a read-only working directory",
          ["-q", "--html", "page.html", "--", "touch", str(marker)], 125,
          "'page.html' cannot be written", "nothing was run", cwd="/proc")
    check("a full disk for the report", ["-q", "--json", "/dev/full", "--", "sleep", "0.6"], 125,
          "No space left on device", "verdict")
    page = folder / "page.html"
    check("a page", ["-q", "--html", str(page), "--", "sleep", "0.6"], 0)
    expect("the page is there", page.exists() and b"</html>" in page.read_bytes(), page)
    name = os.path.join(os.fsencode(folder), b"na\xff\x1b[2Jme")
    shutil.copy(CORPUS, name)
    got, _, err = advise("-q", "--", os.fsdecode(name), "busy", "0.7")
    is_shown = b"\\xff\\x1b[2J" in err and b"\x1b[2J" not in err
    expect("a name that is no UTF-8", got == 0 and is_shown, err)


def signals():
    kinds = (("Ctrl-C", signal.SIGINT, True), ("SIGTERM", signal.SIGTERM, False))
    for name, number, to_group in kinds:
        words = [TUTTI, "advise", "-q", "--", "sh", "-c", "echo up; exec sleep 60"]
        watcher = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=True)
        watcher.stdout.readline()  # the program runs
        os.killpg(watcher.pid, number) if to_group else os.kill(watcher.pid, number)
        _, err = watcher.communicate()
        expect(name + " ends the program and the report is printed",
               watcher.returncode == 128 + number and b"verdict" in err, (watcher.returncode, err))
    check("--for ends what does not end", ["-q", "--for", "0.8s", "--", "sleep", "60"], 0,
          "asked to end")


def processes(folder):
    ended = subprocess.Popen(["true"])
    ended.wait()
    check("a PID that is gone", ["--pid", str(ended.pid)], 125, "there is no process")
    zombie = subprocess.Popen(["true"], stdout=subprocess.PIPE)
    zombie.stdout.read()  # it has ended, and nobody has collected it
    stat = pathlib.Path(f"/proc/{zombie.pid}/stat")
    while "Z" not in stat.read_text().rpartition(")")[2].split()[0]:
        pass
    check("a zombie", ["--pid", str(zombie.pid)], 125, "has ended already")
    zombie.wait()
    sleeper = subprocess.Popen([CORPUS, "sleeps", "20"])
    check("a PID", ["-q", "--for", "0.9s", "--pid", str(sleeper.pid)], 0, "was watched for")
    if os.getuid() == 0:
        mine = folder / "tutti"
        shutil.copy(TUTTI, mine)
        os.chmod(folder, 0o755)
        words = [mine, "advise", "-q", "--for", "0.9s", "--pid", str(sleeper.pid)]
        done = subprocess.run(words, stderr=subprocess.PIPE, user=65534, group=65534,
                              extra_groups=[], check=False)
        said = b" ".join(done.stderr.split())
        expect("a PID that is not ours", done.returncode == 0 and b"may not be read" in said, said)
    sleeper.kill()
    sleeper.wait()
    check("stopped by a signal", ["-q", "--", CORPUS, "stopped", "1.2"], 0, "stopped", "kill -CONT")
    check("forks away", ["-q", "--", CORPUS, "fork_away", "1"], 0, "in the background")
    check("forks away, with --for", ["-q", "--for", "20s", "--", CORPUS, "fork_away", "3"], 0,
          "CPU-bound")
    report = folder / "many.json"
    check("ten thousand threads",
          ["-q", "--json", str(report), "--", CORPUS, "many_threads", "2"], 0)
    seen = json.loads(report.read_text())
    print("       threads seen", seen["figures"]["threads_seen"],
          "cost", round(seen["observer_share"] * 100, 2), "%")
    kinds = ("timer", "unclear", "idle_pool")
    expect("their verdict", seen["verdict"]["kind"] in kinds or
           seen["verdict"]["confidence"] == "low", seen["verdict"])


with tempfile.TemporaryDirectory() as scratch:
    usage()
    passing_through(pathlib.Path(scratch))
    signals()
    processes(pathlib.Path(scratch))
print(len(failed), "wrong")
sys.exit(1 if failed else 0)
