"""Time goes wrong: the wall clock jumps, the machine boots anew, a worker sleeps past its lease (fault
matrix 13, 14, 15)."""
import os
import pathlib
import signal
import struct
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, boot_us, has_fault_points, until  # noqa: E402

SHIM = pathlib.Path(os.environ["TTSQ_BIN"]) / "tests" / "shim.so"
DAY_S = 86400
OTHER_BOOT = "0123456789abcdef0123456789abcdef"
LONG_CALL_MS = 60000
PAST_LEASES_S = 3600


class Clocks:
    """The wall clock and the one since boot, for all processes of a fleet and its commands."""

    def __init__(self, fleet):
        self.path = fleet.home / "clocks"
        self.path.write_bytes(struct.pack("qq", 0, 0))
        fleet.environment.update(LD_PRELOAD=str(SHIM), SHIM_CLOCKS=str(self.path))

    def step(self, wall_s=0, boot_s=0):
        with open(self.path, "r+b") as file:
            file.write(struct.pack("qq", wall_s, boot_s))


@pytest.mark.parametrize("seconds", [DAY_S, -DAY_S, 3650 * DAY_S, -3650 * DAY_S],
                         ids=["day-on", "day-back", "decade-on", "decade-back"])
def test_the_wall_clock_jumps(tmp_path, seconds):
    """Amid calls, delays that run, and a retry's wait: no call is cut off, made again or forgotten."""
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=50) as fleet:
        clocks = Clocks(fleet)
        fleet.start()
        fleet.witness.control(fault={"refuse": 100}, fault_first=3)
        fleet.enqueue("b", fleet.texts(80))
        fleet.enqueue("later", fleet.texts(5, tag="later"), "--delay", "1500ms")
        until("some answers", lambda: fleet.states().get("done", 0) >= 10)
        before = fleet.value("SELECT min(created_ms) FROM batch")
        clocks.step(wall_s=seconds)
        fleet.enqueue("after", fleet.texts(5, tag="after"), "--delay", "300ms")
        assert abs(fleet.value("SELECT max(abs(created_ms - ?)) FROM batch", before) - 1000 * abs(seconds)) < 60000
        for batch in ("b", "later", "after"):
            fleet.wait(batch)
        clocks.step()
        books = fleet.finish()
        outcomes = fleet.calls()
        assert set(outcomes) <= {"answered", "refused"} and outcomes["answered"] == 90, outcomes
        assert books.count("gone") == 0, "a call was cut off by a clock"


def test_another_boot_takes_all_leases_back(tmp_path):
    """Its processes are gone for certain; its slots come back when the provider must have noticed (linger)."""
    with Fleet(tmp_path, cap=3, workers=2, latency_ms=LONG_CALL_MS, account={"linger_ms": 300},
               profile={"timeout.total_ms": 2 * LONG_CALL_MS}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(12))
        fleet.wait_in_flight(3)
        fleet.kill_all()
        assert fleet.value("SELECT count(*) FROM lease") == 3
        fleet.witness.control(latency_ms=5)
        fleet.latency_ms = 5  # of all calls that count: a machine that is switched off makes none
        before = fleet.witness.stats()["accepted"]
        begun = boot_us()
        fleet.environment["TTSQ_BOOT_ID"] = OTHER_BOOT
        fleet.start()
        fleet.witness.wait_stats(lambda stats: stats["accepted"] > before)
        print(f"from start to the first call: {(boot_us() - begun) / 1e6:.3f} s")
        fleet.wait("b")
        fleet.finish()
        calls = fleet.calls()
        assert calls["uncertain"] == 3 and calls["answered"] == 12, calls


@pytest.mark.skipif(not has_fault_points(), reason="needs a build with fault points")
def test_a_worker_that_slept_past_its_lease(tmp_path):
    """A machine that was suspended, and one worker wakes late: its leases are gone by then, what it
    holds is fenced off, and the others have gone on."""
    with Fleet(tmp_path, cap=2, workers=2, latency_ms=2000, account={"linger_ms": 200}) as fleet:
        clocks = Clocks(fleet)
        fleet.start(TTSQ_HANG_MS="600000")  # its supervisor does not notice
        fleet.witness.control(fault={"silent-close": 100}, fault_first=2)  # what that hour does to a call
        fleet.enqueue("b", fleet.texts(30))
        fleet.wait_in_flight(2)
        victim, other = fleet.pids("call")
        worker = fleet.value("SELECT id FROM worker WHERE pid = ?", victim)
        for pid in (victim, other):
            fleet.kill(pid, signal.SIGSTOP)
        fleet.witness.settle()
        fleet.witness.control(latency_ms=100)  # of the calls to come
        clocks.step(boot_s=PAST_LEASES_S)
        fleet.kill(other, signal.SIGCONT)
        until("the end of its leases",
              lambda: not fleet.value("SELECT count(*) FROM lease WHERE worker_id = ?", worker))
        fleet.enqueue("c", fleet.texts(60, tag="c"))
        fleet.wait_in_flight(1)
        fleet.kill(victim, signal.SIGCONT)
        for batch in ("b", "c"):
            fleet.wait(batch)
        fleet.finish()
        print(fleet.outcomes())
