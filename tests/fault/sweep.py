"""A fault at the first, the second, … the last system call of a kind of store_steps (fault matrix 3, 8, 9).

store_steps runs once for every single call, with the fault put there by strace; then it is asked whether
everything that it acknowledged is there, the database is whole, and a new worker finishes the rest.
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


def run(folder, inject):
    """store_steps under a fault: its exit status, what it acknowledged, what it said."""
    done = subprocess.run(["strace", "-qq", "-f", "-o", "/dev/null", "-e", "inject=" + inject, str(STEPS),
                           str(folder / "queue.db"), "run"], env=traced(os.environ), capture_output=True, timeout=RUN_S,
                          check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def check(folder, acks, what):
    done = subprocess.run([str(STEPS), str(folder / "queue.db"), "check"], input=acks,
                          capture_output=True, timeout=RUN_S, check=False)
    assert done.returncode == 0, "%s: %s\nacknowledged:\n%s" % (what, done.stderr.decode(), acks.decode())


def count(folder, call):
    """How many calls of this kind an undisturbed run makes."""
    trace = folder / "trace"
    subprocess.run(["strace", "-qq", "-f", "-o", str(trace), "-e", "trace=" + call, str(STEPS),
                    str(folder / "queue.db"), "run"], env=traced(os.environ), check=True, capture_output=True,
                   timeout=RUN_S)
    return sum(call + "(" in line for line in trace.read_text().splitlines())


def sweep(tmp_path, call, fault, allowed):
    """The fault at the first call, the second, … the last; '%d' in it is the number."""
    counting = tmp_path / "count"
    counting.mkdir()
    points = count(counting, call)
    assert points > 0, "the store makes no such call any more: take it off the list"
    for n in range(1, points + 1):
        folder = tmp_path / str(n)
        folder.mkdir()
        inject = "%s:%s" % (call, fault % n)
        status, acks, said = run(folder, inject)
        assert status in allowed, "%s: %s %s" % (inject, status, said)
        assert status != FAILED or "failed: " in said
        check(folder, acks, inject)
        shutil.rmtree(folder)
    print("%d points of %s" % (points, call))
