"""One database, one fleet: whoever uses a database sees the same workers, whatever his settings."""

import os
import pathlib
import shutil
import subprocess

import pytest

from fleet import Fleet, program, until

LATER = 75
LOAD_JOBS = 200000
GROUP, FIRST, SECOND = 54321, 54322, 54323  # ids that nobody has


def elsewhere(fleet):
    """The settings of a session that found another runtime folder, as cron's and a login's differ."""
    return {"TTSQ_RUNTIME": str(fleet.home / "run-of-another-session")}


def test_a_second_supervisor_is_refused(tmp_path):
    with Fleet(tmp_path, workers=1) as fleet:
        fleet.start()
        done = fleet.command("supervise", **elsewhere(fleet))
        assert done.returncode == LATER and "another supervisor runs this queue" in done.stderr
        assert done.stderr.count("\n") == 1
        fleet.finish()


def test_a_second_supervisor_is_refused_through_a_link(tmp_path):
    with Fleet(tmp_path, workers=1) as fleet:
        fleet.start()
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "link.db").symlink_to(fleet.settings["database"])
        done = fleet.command("supervise", TTSQ_DATABASE=str(tmp_path / "elsewhere" / "link.db"))
        assert done.returncode == LATER, done
        fleet.finish()


def test_a_link_to_nothing_is_refused(tmp_path):
    with Fleet(tmp_path, workers=1) as fleet:
        (tmp_path / "link.db").symlink_to(tmp_path / "nowhere.db")
        done = fleet.command("status", TTSQ_DATABASE=str(tmp_path / "link.db"))
        assert done.returncode == 78 and "the link leads nowhere" in done.stderr


def test_calls_of_another_session_are_not_made_again(tmp_path):
    """The running calls outlive many looks of the keeper; `run` of another session finds them."""
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=1500) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(8))
        fleet.wait_in_flight(4)
        path = tmp_path / "c.txt"
        path.write_text("".join(text + "\n" for text in fleet.texts(2, tag="other")))
        done = fleet.command("run", path, "--split", "line", **elsewhere(fleet))
        assert done.returncode == 0, done.stderr
        fleet.checked["c"] = fleet.texts(2, tag="other")
        fleet.wait("b")
        assert len([1 for line in fleet.log().splitlines() if "reaped" in line]) == 0, fleet.log()
        books = fleet.finish()
        assert max(books.asked.values()) == 1
        assert fleet.outcomes()["uncertain"] == 0


def test_a_load_of_another_session_is_seen_alive(tmp_path):
    """It takes many looks of the keeper, which removes the loads of the dead."""
    with Fleet(tmp_path, workers=1) as fleet:
        fleet.start()
        path = tmp_path / "b.txt"
        path.write_text("".join(text + "\n" for text in fleet.texts(LOAD_JOBS)))
        load = subprocess.Popen([program(), "enqueue", path, "--batch", "b", "--split", "line"],
                                cwd=tmp_path, stderr=subprocess.PIPE, text=True,
                                env={**fleet.environment, **elsewhere(fleet)})
        until("the loader", lambda: fleet.value(
            "SELECT count(*) FROM worker WHERE kind = 'producer'"))
        fleet.kill(fleet.pids("keeper")[0])  # the next one looks at everybody before it is ready
        _, error = load.communicate(timeout=60)
        assert load.returncode == 0, error
        assert fleet.batch("b")["total"] == LOAD_JOBS
        fleet.stop()


def test_files_of_the_dead_are_cleared_at_start(tmp_path):
    """Of earlier boots, and of workers that died before the store knew them."""
    with Fleet(tmp_path, workers=1) as fleet:
        folder = pathlib.Path(f"{fleet.settings['database']}.run")
        folder.mkdir()
        (folder / "worker-00000000000000ab").write_bytes(b"")
        (folder / "worker-not-ours").write_bytes(b"")
        fleet.start()
        assert not (folder / "worker-00000000000000ab").exists()
        assert (folder / "worker-not-ours").exists()
        assert len(list(folder.glob("worker-*"))) == 1 + 2  # the keeper's and the call worker's
        fleet.finish()
        assert len(list(folder.glob("worker-*"))) == 1


class Shared:
    """A fleet in a set-group-ID folder, and its two users."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.here = shutil.copy(program(), fleet.home / "ttsq")  # the build's folder may be closed to others
        os.chmod(self.here, 0o755)
        (fleet.home / "ttsq.ini").chmod(0o644)

    def user(self, uid, umask, *words):
        return subprocess.Popen(
            [self.here, *words], cwd=self.fleet.home, env=self.fleet.environment, user=uid, group=uid,
            extra_groups=[GROUP], umask=umask, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)


@pytest.fixture
def shared():
    home = pathlib.Path("/tmp") / f"shared-{os.getpid()}"  # pytest's own folders are root's alone
    home.mkdir()
    os.chown(home, FIRST, GROUP)
    home.chmod(0o2770)
    try:
        with Fleet(home, workers=1, settings={"segment_bytes_min": 0}) as fleet:
            yield Shared(fleet)
    finally:
        shutil.rmtree(home)


needs_two_users = pytest.mark.skipif(os.geteuid() != 0, reason="needs two users (root)")


@needs_two_users
def test_a_service_that_may_not_open_the_queue_says_so(shared):
    """Whoever may look at the queue hears of it, and nobody waits for what cannot begin."""
    fleet, queue = shared.fleet, shared.fleet.home / "queue.db"
    fleet.enqueue("b", fleet.texts(3))
    os.chown(queue, 0, 0)
    queue.chmod(0o600)
    service = shared.user(FIRST, 0o022, "supervise")
    try:
        why = "queue.db: opening: unable to open database file"
        says = f"the service cannot work: {queue.parent}/{why}"
        until("the keeper's word", lambda: says in fleet.run("status"))
        assert fleet.status()["supervisor_why"].endswith(why) and not fleet.status()["space"]["low"]
        told = fleet.run("why", "b")
        assert f"waits: {says}\ndo: mend it; " in told and told.count("waits:") == 1
        assert says in fleet.run("check")
        (fleet.home / "c.txt").write_text("one\n")
        for words in ("wait", "b", "--no-wait-paused"), ("run", "c.txt"):
            done = fleet.command(*words)
            assert done.returncode == LATER and says in done.stderr, done
        queue.chmod(0o660)
        for path in fleet.home.glob("queue.db*"):
            os.chown(path, FIRST, GROUP)
        fleet.run("wait", "b")
        assert says not in fleet.run("status") and fleet.status()["supervisor_why"] is None
    finally:
        service.terminate()
        service.communicate(timeout=60)


@needs_two_users
def test_who_starts_the_service_of_a_queue(shared):
    """Its owner does; a member of its group asks for the machine's."""
    (shared.fleet.home / "b.txt").write_text("one\n")
    (shared.fleet.home / "b.txt").chmod(0o644)
    for uid, command in (FIRST, "ttsq supervise"), (SECOND, "systemctl start ttsq"):
        for words in ("enqueue", "b.txt", "--batch", f"of-{uid}"), ("wait", f"of-{uid}"):
            _, error = shared.user(uid, 0o022, *words).communicate(timeout=60)
            assert f"start it with `{command}`" in error, error
        told, _ = shared.user(uid, 0o022, "why", f"of-{uid}").communicate(timeout=60)
        assert f"do: `{command}`, or `ttsq run`" in told, told


@needs_two_users
def test_a_group_shares_a_queue(shared):
    """With umasks that would not let them share anything."""
    fleet, home, user = shared.fleet, shared.fleet.home, shared.user
    path = home / "b.txt"
    path.write_text("".join(text + "\n" for text in fleet.texts(3)))
    path.chmod(0o644)
    first = user(FIRST, 0o022, "enqueue", str(path), "--batch", "b", "--split", "line")
    out, error = first.communicate()
    assert first.returncode == 0, error
    second = user(SECOND, 0o077, "supervise")
    try:
        until("the service", (home / "queue.db.run" / "served").exists)
        waiting = user(FIRST, 0o022, "wait", "b")
        _, error = waiting.communicate(timeout=60)
        assert waiting.returncode == 0, error
        third = user(FIRST, 0o022, "supervise")
        _, error = third.communicate(timeout=60)
        assert third.returncode == LATER and "another supervisor" in error
    finally:
        second.terminate()
        _, error = second.communicate(timeout=60)
    assert second.returncode == 0, error
    assert "unreadable" not in error and "denied" not in error, error
    segment, = (home / "results" / "segments").iterdir()
    assert segment.stat().st_uid == SECOND and b"RIFF" in segment.read_bytes()
    pruning = user(FIRST, 0o022, "prune", "b", "--undelivered")
    _, error = pruning.communicate(timeout=60)
    assert pruning.returncode == 0 and b"RIFF" not in segment.read_bytes(), error
    os.utime(segment, (0, 0))  # nobody has written to it for long
    tidying = user(FIRST, 0o022, "prune", "--keep", "0s")
    _, error = tidying.communicate(timeout=60)
    assert not segment.exists(), error
