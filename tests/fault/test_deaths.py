"""Deaths that are not a kill of the test's: a text that kills, a machine that starts with a
long queue, another process under a dead worker's number, a migration cut short (fault matrix 5, 16, 35, 38)."""
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, boot_us, until  # noqa: E402
from script import Script, wav  # noqa: E402
from sweep import KILLED, STEPS, count, run  # noqa: E402

LAST_PID = pathlib.Path("/proc/sys/kernel/ns_last_pid")
SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "sql/sqlite/schema"
COLD_JOBS = 100000
COLD_S, COLD_DEADLINE_S = 2.0, 30  # the promise; on a machine that is busy with other tests
PID_TRIES = 200
OLD_VERSION = 3
APPLICATION_ID = 1953788785  # "ttsq", see src/store/sqlite/open.c


def test_a_text_that_kills_its_worker_is_held(tmp_path):
    """After three deaths it waits for a person; the others are spoken."""
    with Script() as script, \
            Fleet(tmp_path, cap=2, workers=2, account={"linger_ms": 100},
                  profile={"base_url": script.url, "retry.uncertain_max": 2, "audio.min_ms_per_char": 0}) as fleet:
        killers = "SELECT w.pid FROM attempt a JOIN job_text t ON t.job_id = a.job_id" \
                  " JOIN worker w ON w.id = a.worker_id WHERE t.text LIKE 'poison%' AND a.outcome = 'sending'"

        def poison(_call):
            for pid, in fleet.query(killers):
                os.kill(pid, signal.SIGABRT)  # the worker that asks for it, and no other

        script.on("poison", poison)
        script.on("text", lambda call: call.send(200, wav(), "audio/wav"))
        fleet.start()
        fleet.enqueue("b", ["poison one", *fleet.texts(40)])
        until("the end of it all", lambda: fleet.states() == {"done": 40, "held": 1})
        assert script.asked["poison one"] == 3
        why = [job["why"] for job in fleet.list("b") if job["text"] == "poison one"]
        print(why)
        assert "unknown" in why[0] or "uncertain" in why[0]
        fleet.stop()


def test_cold_start_with_a_long_queue(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=20, account={"linger_ms": 0}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(COLD_JOBS))
        fleet.wait_in_flight(4)
        fleet.kill_all()
        before = fleet.witness.stats()["accepted"]
        begun = boot_us()
        fleet.start(fault="none:none:1")  # does not wait for its workers
        fleet.witness.wait_stats(lambda stats: stats["accepted"] > before, COLD_DEADLINE_S)
        print(f"{COLD_JOBS} jobs, from a cold start to the first call: {(boot_us() - begun) / 1e6:.3f} s"
              f" (promised: {COLD_S} s)")
        fleet.run("cancel", "b")
        until("the last calls", lambda: not set(fleet.states()) - {"done", "cancelled"})
        fleet.finish(states=("done", "cancelled"))


def process_with(pid):
    """A process of ours under that number, or None: others may be quicker."""
    for _ in range(PID_TRIES):
        LAST_PID.write_text(str(pid - 1))
        process = subprocess.Popen(["sleep", "600"])
        if process.pid == pid:
            return process
        process.kill()
        process.wait()
    return None


def test_another_process_under_a_dead_workers_number(tmp_path):
    """It is neither taken for the worker, so that its jobs would wait, nor touched."""
    if not os.access(LAST_PID, os.W_OK):
        pytest.skip("needs ns_last_pid and root")
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=100, account={"linger_ms": 100}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(20))
        fleet.wait_in_flight(2)
        numbers = [*fleet.pids("call"), *fleet.pids("keeper"), fleet.supervisor.pid]
        fleet.kill_all()
        impostors = [process_with(pid) for pid in numbers]
        try:
            assert any(impostors), "no number could be had"
            fleet.start()
            fleet.wait("b")
            assert all(process.poll() is None for process in filter(None, impostors))
            fleet.finish()
            print(f"{sum(map(bool, impostors))} of 3 numbers taken")
        finally:
            for process in filter(None, impostors):
                process.kill()
                process.wait()


def old_database(path):
    """As a program of some versions ago left it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    for file in sorted(SCHEMA.glob("*.sql"))[:OLD_VERSION]:
        connection.executescript(file.read_text())
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {OLD_VERSION}")
    connection.commit()
    connection.close()


def version_of(path):
    connection = sqlite3.connect(path)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    connection.close()
    return version


@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
def test_a_migration_is_whole_or_was_not(tmp_path, call):
    """Killed at each write and sync from the old version to the new; the next start finishes it."""
    newest = len(list(SCHEMA.glob("*.sql")))
    counting = tmp_path / "count"
    counting.mkdir()
    old_database(counting / "queue.db")
    points = count(counting, "run", call)
    seen = []
    for n in range(1, points + 1):
        folder = tmp_path / str(n)
        folder.mkdir()
        old_database(folder / "queue.db")
        status, _, said, _ = run(folder, "run", call, f"signal=SIGKILL:when={n}")
        assert status in KILLED, said
        seen.append(version_of(folder / "queue.db"))
        assert seen[-1] in (OLD_VERSION, newest), f"{call} {n}: version {seen[-1]}"
        if seen[-1] == OLD_VERSION:
            done = subprocess.run([STEPS, folder / "queue.db", "run"], capture_output=True, check=False)
            assert done.returncode == 0 and version_of(folder / "queue.db") == newest, done.stderr
        elif seen.count(newest) == 3:
            break  # migrated: what follows is not of the migration
    print(f"{call}: {seen.count(OLD_VERSION)} deaths before its commit, then version {newest}")
    assert OLD_VERSION in seen and newest in seen
