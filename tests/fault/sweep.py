"""A fault at the first, the second, … the last system call of a kind of store_steps (fault matrix 3, 8, 9).

store_steps runs once for every single call, with the fault put there by strace; then it is asked whether
everything that it acknowledged is there, the database is whole, and a new worker finishes the rest. Making the
database is swept by itself, and the steps on a copy of one that is made: that is most of the time of a run.
"""
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import traced  # noqa: E402

STEPS = pathlib.Path(os.environ["TTSQ_BIN"]) / "tests" / "store_steps"
RUN_S = 60
UNTOUCHED, FAILED = 0, 1
KILLED = (-9, 137)  # as strace passes it on
HARMLESS = "delay_enter=1:when=1"


def run(folder, verb, call, fault=HARMLESS):
    """store_steps under a fault: its exit status, what it acknowledged, what it said, its calls of this kind."""
    trace = folder / "trace"
    # all other calls at full speed; a killing signal does not come through that
    quick = ["--seccomp-bpf"] if "error=" in fault else []
    done = subprocess.run(["strace", "-qq", "-f", *quick, "-o", trace, "-e", "trace=" + call, "-e", f"inject={call}:{fault}",
                           STEPS, folder / "queue.db", verb], env=traced(os.environ), capture_output=True,
                          timeout=RUN_S, check=False)
    return done.returncode, done.stdout, done.stderr.decode(), trace.read_text()


def check(folder, acks, what):
    done = subprocess.run([str(STEPS), str(folder / "queue.db"), "check"], input=acks,
                          capture_output=True, timeout=RUN_S, check=False)
    assert done.returncode == 0, "%s: %s\nacknowledged:\n%s" % (what, done.stderr.decode(), acks.decode())


def made(folder):
    """A folder with a database in which nothing has happened yet."""
    folder.mkdir()
    subprocess.run([STEPS, folder / "queue.db", "create"], check=True, timeout=RUN_S)
    return folder


def empty(folder):
    folder.mkdir()
    return folder


def count(folder, verb, call):
    """How many calls of this kind an undisturbed run makes."""
    status, _, said, trace = run(folder, verb, call)
    assert status == UNTOUCHED, said
    points = sum(call + "(" in line for line in trace.splitlines())
    assert points > 0, "the store makes no such call any more: take it off the list"
    return points


def strike(folder, verb, call, fault, allowed):
    status, acks, said, trace = run(folder, verb, call, fault)
    assert status in allowed, "%s: %s:%s %s %s" % (verb, call, fault, status, said)
    assert status != FAILED or "failed: " in said
    assert allowed == KILLED or "(INJECTED)" in trace
    check(folder, acks, "%s: %s:%s" % (verb, call, fault))


def sweep(tmp_path, call, fault, allowed):
    """The fault at the first call, the second, … the last; '%d' in it is the number."""
    template = made(tmp_path / "template")
    for verb, begin in (("create", empty), ("run", lambda folder: shutil.copytree(template, folder))):
        points = count(begin(tmp_path / verb), verb, call)
        for n in range(1, points + 1):
            folder = begin(tmp_path / f"{verb}{n}")
            strike(folder, verb, call, fault % n, allowed)
            shutil.rmtree(folder)
        print("%s: %d points of %s" % (verb, points, call))
