"""Memory (fault matrix 12): too little of it is told at the start, and who is killed for it is replaced."""
import contextlib
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, is_sanitized, program, until  # noqa: E402

CONFIG = 78
MIB = 1 << 20
KILLS = 3
LARGE_TEXT_CHARS = 4000  # its tone is some megabytes
VERSION_1, VERSION_2 = pathlib.Path("/sys/fs/cgroup/memory"), pathlib.Path("/sys/fs/cgroup")


class Group:
    """A control group of our own with a limit of memory; of either version."""

    def __init__(self, limit_bytes):
        if (VERSION_1 / "memory.limit_in_bytes").exists():
            root, limit, self.events = VERSION_1, "memory.limit_in_bytes", "memory.oom_control"
        elif "memory" in (VERSION_2 / "cgroup.subtree_control").read_text().split():
            root, limit, self.events = VERSION_2, "memory.max", "memory.events"
        else:
            raise OSError("no controller of memory")
        self.path = root / f"ttsq-test-{os.getpid()}"
        self.path.mkdir()
        (self.path / limit).write_text(str(limit_bytes))

    def take(self, pid):
        with contextlib.suppress(ProcessLookupError):
            (self.path / "cgroup.procs").write_text(str(pid))

    def kills(self):
        """How many of its processes the kernel has killed."""
        lines = (self.path / self.events).read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))

    def remove(self):
        until("the end of its processes", lambda: not (self.path / "cgroup.procs").read_text())
        self.path.rmdir()


@pytest.fixture
def group():
    """Makes one, or skips: the rights of root are needed, and the controller."""
    made = []

    def make(limit_bytes):
        try:
            made.append(Group(limit_bytes))
        except OSError as e:
            pytest.skip(f"no control group of memory can be had: {e}")
        return made[-1]

    yield make
    for one in made:
        one.remove()


def test_the_kernel_kills_for_memory(tmp_path, group):
    """Answers in flight need more than there is: the worker dies amid its calls; the others go on."""
    with Fleet(tmp_path, cap=8, workers=2, latency_ms=300, account={"linger_ms": 600},
               settings={"row_bytes_max": "16M"}) as fleet:
        tight = group(4 * MIB)
        fleet.start()
        keeper = fleet.pids("keeper")
        fleet.enqueue("b", fleet.texts(60, LARGE_TEXT_CHARS))
        fleet.wait_in_flight(4)
        struck = set()  # a killed process is seen for a while
        for n in range(1, KILLS + 1):
            victim = until("a worker", lambda: [p for p in fleet.pids("call") if p not in struck])[0]
            struck.add(victim)
            tight.take(victim)
            until(f"kill {n}", lambda n=n: tight.kills() >= n)
        fleet.wait("b", seconds=200)
        assert fleet.log().count("signal=9") >= KILLS
        assert fleet.pids("keeper") == keeper
        books = fleet.finish()
        print(f"{tight.kills()} kills by the kernel, {fleet.outcomes()['uncertain']} calls uncertain,"
              f" {sum(books.asked.values())} requests for 60 jobs")
        assert fleet.outcomes()["uncertain"] > 0


def needs_plain_build():
    """AddressSanitizer takes all addresses there are, and memory by the hundred megabytes."""
    if is_sanitized():
        pytest.skip("needs a build without AddressSanitizer")


def in_group(tight, *words):
    """A command that begins in the group, with all that it starts."""
    return ["sh", "-c", f'echo $$ > {tight.path}/cgroup.procs && exec "$@"', "sh", *map(str, words)]


def test_too_little_for_the_calls_is_told(tmp_path, group):
    needs_plain_build()
    with Fleet(tmp_path, workers=4) as fleet:
        tight = group(64 * MIB)
        check = subprocess.run(in_group(tight, program(), "check"), cwd=tmp_path, env=fleet.environment,
                               capture_output=True, text=True, timeout=60)
        assert "but the control group has 64: lower workers or concurrency, or raise MemoryMax" in check.stdout
        with subprocess.Popen(in_group(tight, program(), "supervise"), cwd=tmp_path, env=fleet.environment,
                              stderr=subprocess.PIPE, text=True) as process:
            until("the workers", lambda: fleet.command("status").stdout.count("running") >= 6)
            process.terminate()
            assert process.wait(30) == 0
            assert process.stderr.read().count("memory_tight") == 1
        assert "memory: enough" in fleet.command("check").stdout


def test_too_few_addresses_are_an_error_of_the_configuration(tmp_path):
    needs_plain_build()
    with Fleet(tmp_path, workers=1) as fleet:
        done = subprocess.run(["prlimit", f"--as={150 * MIB}", program(), "supervise"], cwd=tmp_path,
                              env=fleet.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == CONFIG, done
        assert done.stderr.count("\n") == 1 and "lower calls_max or raise LimitAS" in done.stderr
