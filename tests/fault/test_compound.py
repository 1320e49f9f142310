"""Several faults at once, drawn from a seed: compound (39), swizzle (40), foreign writers (30).

TTSQ_SEED repeats a run, TTSQ_SEEDS says how many are tried.
"""
import multiprocessing
import os
import pathlib
import random
import signal
import sqlite3
import sys
import threading
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, has_fault_points, until  # noqa: E402

SEED = int(os.environ.get("TTSQ_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
SEEDS = int(os.environ.get("TTSQ_SEEDS", "4"))
DEATHS = ["claimed", "before_send", "after_send", "call_over", "before_settle", "after_settle", "before_commit",
          "after_commit", "segment_before_sync", "segment_after_sync"]
ANSWERS = [{"cut": 20}, {"reset": 20}, {"refuse": 30}, {"silent-close": 20}, {"error": 10}, {"stall": 5}]
FOREIGN_WRITERS, FOREIGN_EACH = 6, 15
LOOP_CALLS, FOREIGN_PER_CALL_MAX = 600, 40  # 3 on an idle machine, 19 on a busy one; with SQLite's own waiting 44 and 95
WAL_BYTES_MAX = 64 << 20
patient = {"retry.max": 100, "retry.uncertain_max": 100, "timeout.stall_ms": 400}


class Faults:
    """Each does something, and undoes what must not last."""

    def __init__(self, fleet, rng):
        self.fleet, self.rng = fleet, rng

    def kill_worker(self):
        self.hit("call", signal.SIGKILL)

    def kill_keeper(self):
        self.hit("keeper", signal.SIGKILL)

    def kill_everything(self):
        self.fleet.kill_all()
        self.fleet.start()

    def kill_supervisor(self):
        self.fleet.kill_supervisor()
        self.fleet.start()

    def freeze(self):
        pid = self.hit("call", signal.SIGSTOP)
        time.sleep(self.rng.uniform(0.05, 0.8))  # how long is the fault, not a wait for anything
        if pid and self.fleet.is_alive(pid):
            os.kill(pid, signal.SIGCONT)

    def answers(self):
        self.fleet.witness.control(fault=self.rng.choice(ANSWERS))

    def outage(self):
        self.fleet.witness.control(down=True)
        time.sleep(self.rng.uniform(0.05, 0.5))
        self.fleet.witness.control(down=False)

    def cap(self):
        """Lowered: what runs goes on, what comes next waits."""
        self.fleet.run("cap", "main", str(self.rng.randrange(1, self.fleet.account["concurrency"] + 1)))

    def hit(self, kind, signum):
        pids = self.fleet.pids(kind)
        if not pids:
            return None
        pid = self.rng.choice(pids)
        try:
            os.kill(pid, signum)
        except ProcessLookupError:  # it ended by itself meanwhile
            return None
        return pid

    def all(self):
        return [self.kill_worker, self.kill_keeper, self.kill_everything, self.kill_supervisor, self.freeze,
                self.answers, self.outage, self.cap]


@pytest.mark.skipif(not has_fault_points(), reason="needs a build with fault points")
@pytest.mark.parametrize("number", range(SEEDS))
def test_compound(tmp_path, number):
    """A death at a named point, and two other faults on top of it and of its recovery."""
    seed = SEED + number
    rng = random.Random(seed)
    point, at = rng.choice(DEATHS), rng.randrange(1, 6)
    print(f"TTSQ_SEED={seed} TTSQ_SEEDS=1: {point}:{at}")
    with Fleet(tmp_path, cap=6, workers=3, latency_ms=30, account={"linger_ms": 200}, profile=patient,
               settings={"segment_bytes_min": 0}) as fleet:
        faults = Faults(fleet, rng)
        fleet.enqueue("b", fleet.texts(150))
        fleet.start(fault=f"{point}:kill:{at}")
        until("the death", lambda: not fleet.fault_once.exists())
        for fault in rng.sample(faults.all(), 2):
            print(fault.__name__)
            fault()
        fleet.enqueue("c", fleet.texts(30, tag="c"))
        until("some answers", lambda: fleet.states().get("done", 0) > 20)
        fleet.witness.control(fault={}, down=False)
        for batch in ("b", "c"):
            fleet.wait(batch)
        fleet.finish()


def test_swizzle(tmp_path):
    """Workers and keeper are stopped one by one, the provider goes and comes back, and they go on in another order."""
    print(f"TTSQ_SEED={SEED}")
    rng = random.Random(SEED)
    with Fleet(tmp_path, cap=8, workers=4, latency_ms=30, account={"linger_ms": 200}, profile=patient) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(600))
        for _ in range(5):
            stopped = rng.sample([*fleet.pids("call"), *fleet.pids("keeper")], rng.randrange(1, 5))
            for pid in stopped:
                fleet.kill(pid, signal.SIGSTOP)
                time.sleep(rng.uniform(0, 0.1))  # the order is the fault
            fleet.witness.control(down=rng.random() < 0.5)
            rng.shuffle(stopped)
            for pid in stopped:
                time.sleep(rng.uniform(0, 0.1))
                if fleet.is_alive(pid):
                    os.kill(pid, signal.SIGCONT)
            fleet.witness.control(down=False)
        fleet.wait("b")
        fleet.finish()
        print(fleet.outcomes())


class Foreign(threading.Thread):
    """A producer in plain SQL that takes no turns, as ttsq-sql(7) shows it."""

    def __init__(self, fleet, number, texts):
        super().__init__(daemon=True)
        self.path, self.batch, self.texts = fleet.settings["database"], f"foreign{number}", texts
        self.waited_s, self.error = 0.0, None

    def run(self):
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        try:
            for text in self.texts:
                begun = time.monotonic()
                connection.execute("BEGIN IMMEDIATE")
                self.waited_s = max(self.waited_s, time.monotonic() - begun)
                connection.execute("INSERT INTO enqueue(batch, text) VALUES (?, ?)", (self.batch, text))
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.error = error
        connection.close()


def loop_text(number, n):
    return f"loop {number} {n}"


def write_in_a_loop(path, number, written, stop):
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    while not stop.is_set():
        connection.execute("INSERT INTO enqueue(batch, text) VALUES (?, ?)",
                           (f"loop{number}", loop_text(number, written.value)))
        written.value += 1
    connection.close()


def test_foreign_writers_in_a_loop_do_not_starve_the_fleet(tmp_path):
    """They leave hardly a moment between two transactions, and take no turns; calls go on among them."""
    with Fleet(tmp_path, cap=8, workers=3, latency_ms=10) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(50))
        fleet.wait("b")  # everything is warm
        before = fleet.witness.stats()["accepted"]
        stop, written = multiprocessing.Event(), [multiprocessing.Value("q") for _ in range(FOREIGN_WRITERS)]
        writers = [multiprocessing.Process(target=write_in_a_loop, args=(fleet.settings["database"], n, written[n], stop))
                   for n in range(FOREIGN_WRITERS)]
        for writer in writers:
            writer.start()
        until("calls among the writers", lambda: fleet.witness.stats()["accepted"] >= before + LOOP_CALLS)
        assert all(writer.is_alive() for writer in writers)
        stop.set()
        for writer in writers:
            writer.join(60)
            assert writer.exitcode == 0
        foreign = sum(count.value for count in written)
        print(f"{LOOP_CALLS} calls beside {foreign} foreign transactions")
        assert foreign < FOREIGN_PER_CALL_MAX * LOOP_CALLS
        for number, count in enumerate(written):
            fleet.checked[f"loop{number}"] = [loop_text(number, n) for n in range(count.value)]
            fleet.wait(f"loop{number}")
        fleet.finish()


def test_foreign_writers_a_long_reader_and_a_backup(tmp_path):
    """Nobody fails for a lock, the log stays bounded, and shrinks once the reader has gone."""
    with Fleet(tmp_path, cap=8, workers=3, latency_ms=10, settings={"segment_bytes_min": "1G"}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(600))
        reader = sqlite3.connect(f"file:{fleet.settings['database']}?mode=ro", uri=True, isolation_level=None)
        reader.execute("PRAGMA wal_autocheckpoint = 0")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM job").fetchone()
        writers = [Foreign(fleet, n, fleet.texts(FOREIGN_EACH, tag=f"foreign{n}")) for n in range(FOREIGN_WRITERS)]
        for writer in writers:
            fleet.checked[writer.batch] = writer.texts
            writer.start()
        fleet.run("backup", tmp_path / "copy", seconds=60)
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive() and writer.error is None, writer.error
        for batch in list(fleet.checked):
            fleet.wait(batch)
        wal = pathlib.Path(f"{fleet.settings['database']}-wal")
        most = wal.stat().st_size
        reader.close()
        fleet.enqueue("after", fleet.texts(50, tag="after"))
        fleet.wait("after")
        print(f"longest wait for the lock {max(w.waited_s for w in writers):.3f} s; log {most >> 10} KiB beside the reader")
        assert most <= WAL_BYTES_MAX
        fleet.finish()
        assert fleet.value("SELECT count(*) FROM job WHERE state <> 'done'") == 0
