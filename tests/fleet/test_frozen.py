"""P2, P6: one frozen process (SIGSTOP, a stopped container) does not stop the fleet."""

import signal
import subprocess

import pytest

from fleet import Fleet, has_fault_points, program, until

pytestmark = pytest.mark.skipif(not has_fault_points(), reason="needs a build with fault points")


class FrozenEnqueue:
    """An enqueue that freezes at a fault point; it is killed at the end."""

    def __init__(self, fleet, point):
        path = fleet.home / "frozen.txt"
        path.write_text("".join(text + "\n" for text in fleet.texts(10, tag="frozen")))
        self.process = subprocess.Popen([program(), "enqueue", path, "--split", "line"],
                                        cwd=fleet.home, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL,
                                        env={**fleet.environment, "TTSQ_FAULT": f"{point}:stop:1"})
        until("a frozen process", self.is_stopped)

    def is_stopped(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] == "T"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def test_frozen_in_its_turn(tmp_path):
    """It has committed and keeps the write turn: the others go on without one."""
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=20) as fleet:
        fleet.start()
        keeper = fleet.pids("keeper")
        with FrozenEnqueue(fleet, "after_commit"):
            fleet.enqueue("b", fleet.texts(200))
            fleet.wait("b")
            victim = fleet.pids("call")[0]
            fleet.kill(victim)
            until("another worker", lambda: len(set(fleet.pids("call")) - {victim}) == 2)
            fleet.enqueue("c", fleet.texts(20, tag="c"))
            fleet.wait("c")
            assert fleet.pids("keeper") == keeper
        until("the dead loader's end", lambda: fleet.value(
            "SELECT count(*) FROM worker WHERE kind = 'producer'") == 0)
        fleet.finish()


def test_frozen_in_a_transaction(tmp_path):
    """Nobody can write until it goes on; the keeper waits, with several dead to be reaped, is not taken
    for hung, and says for whom it waits."""
    with Fleet(tmp_path, cap=4, workers=4, latency_ms=20) as fleet:
        fleet.start()
        keeper = fleet.pids("keeper")
        with FrozenEnqueue(fleet, "before_commit") as frozen:
            for victim in fleet.pids("call"):
                fleet.kill(victim)
            until("four complaints of the keeper", lambda: fleet.log().count("reap_failed") >= 4)
            assert fleet.pids("keeper") == keeper
            assert f"held by process {frozen.process.pid}, which is stopped" in fleet.log()
        fleet.enqueue("b", fleet.texts(20))
        fleet.wait("b")
        assert fleet.pids("keeper") == keeper
        fleet.finish()


def test_a_frozen_worker_is_replaced_and_its_slot_held(tmp_path):
    """Its call may still be running at the provider, so its slot is not another's before that call
    must be over. (What the service manager's watchdog is told: test_supervisor.)"""
    with Fleet(tmp_path, cap=2, workers=2, latency_ms=3000, account={"linger_ms": 20000},
               profile={"timeout.total_ms": 7000}) as fleet:
        fleet.start(TTSQ_HANG_MS="2000")
        fleet.enqueue("b", fleet.texts(4))
        fleet.wait_in_flight(2)
        victim = fleet.pids("call")[0]
        fleet.kill(victim, signal.SIGSTOP)
        until("its end", lambda: not fleet.is_alive(victim))
        assert "child_hung kind=call" in fleet.log()
        until("the reaper", lambda: "slots_held=1" in fleet.log())
        assert fleet.status()["accounts"][0]["held_leases"] == 1
        until("another worker", lambda: len(fleet.pids("call")) == 2)
        fleet.wait("b")
        fleet.finish()


def test_what_a_frozen_worker_had_not_sent_costs_nothing(tmp_path):
    """After a machine has slept, leases are over: what its marks do not name was never sent, an answer
    that was published is taken, and only the call on the wire may have been billed."""
    with Fleet(tmp_path, cap=1, workers=1, latency_ms=20) as fleet:
        fleet.start(TTSQ_HANG_MS="600000")
        fleet.enqueue("warm", fleet.texts(20, tag="warm"))
        fleet.wait("warm")  # calls are known to be short: the next ones are claimed ahead
        fleet.witness.control(latency_ms=60000)
        fleet.enqueue("b", fleet.texts(4))
        fleet.wait_in_flight(1)
        until("jobs claimed ahead", lambda: fleet.outcomes()["sending"] > 1)
        staged = fleet.outcomes()["sending"] - 1
        fleet.kill(fleet.pids("call")[0], signal.SIGSTOP)
        fleet.change("UPDATE lease SET until_boot_ms = 1")
        until("the keeper", lambda: fleet.outcomes()["sending"] == 0)
        assert fleet.outcomes()["uncertain"] == 1 and fleet.outcomes()["unsent"] == staged
        fleet.witness.control(latency_ms=20)
        fleet.kill(fleet.pids("call")[0])  # it has slept in the database only: its clock says otherwise
        fleet.wait("b")
        books = fleet.finish()
        assert sorted(books.asked.values())[-4:] == [1, 1, 1, 2]
