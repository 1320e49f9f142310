"""`ttsq backup` under load and `ttsq restore` elsewhere: nothing that was there is lost or repeated."""

import json
import os
import pathlib
import shutil
import signal
import subprocess

from fleet import LONG_TEXT_CHARS, Fleet, program, until
from mounts import mount, own_mounts  # noqa: F401


def test_a_backup_made_under_load_is_restored_whole(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=20) as fleet:
        fleet.start()
        fleet.enqueue("short", fleet.texts(120))
        fleet.enqueue("long", fleet.texts(20, chars=LONG_TEXT_CHARS, tag="long"))
        until("some of both done", lambda: fleet.batch("short")["done"] > 5 and fleet.batch("long")["done"] > 5)
        backup = tmp_path / "saved"
        fleet.run("backup", backup)
        assert sorted(p.name for p in backup.iterdir()) == ["queue.db", "results"]
        fleet.run("backup", backup, code=1)  # never over another
        fleet.run("restore", backup, code=75)  # a supervisor runs
        fleet.wait("short")
        fleet.wait("long")
        fleet.terminate()
        fleet.wait_end()
        fleet.run("restore", backup, code=1)  # a queue is there

        # the machine is lost: a new one has the backup and the configuration
        home = pathlib.Path(fleet.home)
        for name in [p for p in home.iterdir() if p.name.startswith(("queue.db", "results", "run"))]:
            shutil.rmtree(name) if name.is_dir() else name.unlink()
        fleet.run("restore", backup)
        fleet.run("check", "--deep", code=None)
        saved = {b["name"]: b for b in fleet.status()["batches"]}
        assert saved["short"]["done"] > 5 and saved["long"]["done"] > 5
        assert saved["short"]["total"] == 120 and saved["long"]["total"] == 20
        fleet.start()
        fleet.wait("short")
        fleet.wait("long")
        for name, total in (("short", 120), ("long", 20)):
            out = tmp_path / name
            fleet.run("get", name, "-o", out)
            jobs = json.loads((out / "manifest.json").read_text())["jobs"]
            assert fleet.value("PRAGMA journal_mode") == "wal"
            assert len(jobs) == total and all((out / job["file"]).stat().st_size == job["bytes"] for job in jobs)
        fleet.stop()


def test_what_cannot_be_restored_changes_nothing(tmp_path):
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=1) as fleet:
        fleet.enqueue("b", fleet.texts(3))
        home = pathlib.Path(fleet.home)
        fleet.run("backup", tmp_path / "saved")
        (tmp_path / "saved" / "queue.db").write_bytes(b"no database")
        (home / "queue.db").rename(tmp_path / "moved")
        done = fleet.command("restore", tmp_path / "saved")
        assert done.returncode != 0 and "queue.db" in done.stderr
        done = fleet.command("restore", tmp_path / "nowhere")
        assert done.returncode != 0 and "nowhere" in done.stderr
        assert not (home / "queue.db").exists()
        (tmp_path / "moved").rename(home / "queue.db")
        assert fleet.batch("b")["total"] == 3


def begin_backup(fleet, to):
    """A backup that stands still between its copy of the database and that of the answers."""
    backup = subprocess.Popen([program(), "backup", str(to)], cwd=fleet.home, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={**fleet.environment, "TTSQ_FAULT": "backup_copied:stop:1"})
    stat = pathlib.Path(f"/proc/{backup.pid}/stat")
    until("the copy of the database", lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")
    return backup


def test_nothing_is_pruned_while_a_backup_copies_the_answers(tmp_path):
    """By nobody, neither files nor places in shared ones; afterwards it is made up for."""
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=1, settings={"segment_bytes_min": 0}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(8) + fleet.texts(3, chars=LONG_TEXT_CHARS, tag="long"))
        fleet.wait("b")
        fleet.get("b")
        fleet.stop()
        backup = begin_backup(fleet, tmp_path / "saved")
        done = fleet.command("prune", "b")
        assert done.returncode == 75 and "a backup is being made" in done.stderr, done
        fleet.settings["keep"] = "0s"
        fleet.write_config()
        fleet.start()
        fleet.run("backup", tmp_path / "another")
        fleet.enqueue("later", fleet.texts(1, tag="later"), "--delay", "1s")
        fleet.wait("later")  # the keeper has looked more than once
        assert fleet.batch("b")["done"] == 11
        backup.send_signal(signal.SIGCONT)
        said, talk = backup.communicate()
        assert backup.returncode == 0 and "11 answers" in said, (said, talk)
        until("its going", lambda: fleet.value("SELECT count(*) FROM job") == 1)
        fleet.terminate()
        fleet.wait_end()
        move_away(fleet, tmp_path / "old")
        (fleet.data / "results").rename(tmp_path / "results")
        fleet.run("restore", tmp_path / "saved")
        fleet.run("audit")
        fleet.get("b")


def test_a_backup_waits_for_a_prune(tmp_path):
    """What it then copies is without what went; a prune that dies keeps nobody."""
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=1) as fleet:
        fleet.start()
        for name in ("one", "two"):
            fleet.enqueue(name, fleet.texts(4, chars=LONG_TEXT_CHARS, tag=name))
            fleet.wait(name)
            fleet.get(name)
        fleet.stop()
        prune = subprocess.Popen([program(), "prune", "one"], cwd=fleet.home, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env={**fleet.environment, "TTSQ_FAULT": "after_commit:stop:3"})
        until("its standstill", lambda: fleet.value("SELECT count(*) FROM result") == 4)
        backup = subprocess.Popen([program(), "backup", str(tmp_path / "saved")], cwd=fleet.home, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=fleet.environment)
        assert backup.stderr.readline() == "ttsq: a prune is at work; the backup begins when it has ended\n"
        impatient = subprocess.Popen([program(), "backup", str(tmp_path / "given-up")], cwd=fleet.home, text=True,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=fleet.environment)
        assert "a prune is at work" in impatient.stderr.readline()
        impatient.send_signal(signal.SIGINT)
        impatient.communicate()
        assert not list(tmp_path.glob("given-up*"))
        prune.kill()
        prune.communicate()
        said, talk = backup.communicate()
        assert backup.returncode == 0 and "4 answers" in said, (said, talk)


def test_of_a_backup_that_fails_nothing_is_left(own_mounts, tmp_path):  # noqa: F811
    small = tmp_path / "small"
    small.mkdir()
    mount("-t", "tmpfs", "-o", "size=900k", "small", str(small))
    try:
        with Fleet(tmp_path, cap=4, workers=1, latency_ms=1) as fleet:
            fleet.start()
            fleet.enqueue("b", fleet.texts(12, chars=LONG_TEXT_CHARS))
            fleet.wait("b")
            done = fleet.command("backup", small / "saved")
            assert done.returncode == 1 and "No space left on device" in done.stderr, done
            assert not list(small.iterdir())
            fleet.finish()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_the_log_of_another_database_is_not_taken_for_its_own(tmp_path):
    """SQLite would write what it finds in a -wal beside a database into it, whosever that was."""
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=1) as fleet:
        fleet.enqueue("b", fleet.texts(3))
        fleet.run("backup", tmp_path / "saved")
        fleet.start()
        fleet.enqueue("later", fleet.texts(300, tag="later"))
        fleet.kill_all()
        log = fleet.data / "queue.db-wal"
        assert log.stat().st_size > 0
        (fleet.data / "queue.db").rename(tmp_path / "moved")
        done = fleet.command("restore", tmp_path / "saved")
        assert done.returncode == 1 and f"{log} is there, of another database; move it away" in done.stderr, done
        assert not (fleet.data / "queue.db").exists()
        log.rename(tmp_path / "moved-wal")
        fleet.run("restore", tmp_path / "saved")
        fleet.run("check", "--deep")
        assert [b["name"] for b in fleet.status()["batches"]] == ["b"]
        del fleet.checked["later"]


def move_away(fleet, to):
    to.mkdir()
    for path in list(pathlib.Path(fleet.home).glob("queue.db*")):
        path.rename(to / path.name)


def prune(fleet, batch, out, segment):
    """Its answers in the segment file have become holes."""
    whole = segment.read_bytes()
    fleet.run("get", batch, "-o", out)
    fleet.run("prune", batch)
    assert len(segment.read_bytes()) == len(whole) and segment.read_bytes() != whole


def test_a_restore_beside_newer_answers(tmp_path):
    """A queue that was moved away still has its answers when an older one is restored beside them, and that one has
    those that were pruned since. The backup stays as it is, whatever is done to what was restored."""
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=1, settings={"segment_bytes_min": 0}) as fleet:
        fleet.start()
        fleet.enqueue("before", fleet.texts(5))
        fleet.wait("before")
        fleet.run("backup", tmp_path / "saved")
        segment, = (fleet.data / "results" / "segments").iterdir()
        fleet.enqueue("after", fleet.texts(5, tag="after"))
        fleet.wait("after")
        fleet.terminate()
        fleet.wait_end()
        grown = segment.read_bytes()
        saved = tmp_path / "saved" / "results" / "segments" / segment.name
        backup = saved.read_bytes()
        assert len(grown) > len(backup)
        prune(fleet, "before", tmp_path / "first", segment)

        move_away(fleet, tmp_path / "old")
        told = fleet.command("restore", tmp_path / "saved").stderr
        assert "calls made after the backup are not in it" in told and "paid for again" in told
        assert segment.read_bytes() == grown
        assert {b["name"] for b in fleet.status()["batches"]} == {"before"}
        fleet.run("get", "before", "-o", tmp_path / "out")

        move_away(fleet, tmp_path / "older")
        (fleet.data / "results").rename(tmp_path / "results")
        fleet.run("restore", tmp_path / "saved")
        prune(fleet, "before", tmp_path / "second", segment)
        assert saved.read_bytes() == backup


def test_a_restore_replaces_what_was_damaged(tmp_path):
    """A file of the right name and size is no proof; and what has its content by another name keeps that."""
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=1) as fleet:
        fleet.start()
        fleet.enqueue("long", fleet.texts(3, chars=LONG_TEXT_CHARS))
        fleet.wait("long")
        fleet.terminate()
        fleet.wait_end()
        fleet.run("backup", tmp_path / "saved")
        shutil.copytree(tmp_path / "saved", tmp_path / "far")  # on another disk, as backups should be
        shutil.rmtree(tmp_path / "saved")
        damaged, whole, _ = sorted((fleet.data / "results").glob("??/*"))
        before, inode = damaged.read_bytes(), whole.stat().st_ino
        with damaged.open("r+b") as file:
            file.seek(len(before) // 2)
            file.write(b"a sector that was lost")
        (tmp_path / "other name").hardlink_to(damaged)
        move_away(fleet, tmp_path / "old")
        fleet.run("restore", tmp_path / "far")
        assert damaged.read_bytes() == before != (tmp_path / "other name").read_bytes()
        assert whole.stat().st_ino == inode
        fleet.run("get", "long", "-o", tmp_path / "out")


def test_a_restore_is_for_the_group_of_the_folder(tmp_path):
    """Who restores a service's queue is not its user: what he makes there is as a first `enqueue` would make it."""
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=1) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(8))
        fleet.enqueue("long", fleet.texts(4, chars=LONG_TEXT_CHARS, tag="long"))
        fleet.wait("b")
        fleet.wait("long")
        fleet.stop()
        fleet.run("backup", tmp_path / "saved")
        home = pathlib.Path(fleet.home)
        for path in [p for p in home.iterdir() if p.name.startswith(("queue.db", "results"))]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        home.chmod(0o2770)
        before = os.umask(0o077)
        try:
            fleet.run("restore", tmp_path / "saved")
        finally:
            os.umask(before)
        modes = {path: path.stat().st_mode & 0o7777 for path in home.glob("results/**/*")}
        folders = [path for path in modes if path.is_dir()]
        files = [path for path in modes if path.is_file()]
        assert (home / "queue.db").stat().st_mode & 0o7777 == 0o660
        assert folders and all(modes[path] == 0o2770 for path in folders), modes
        assert files and all(path.stat().st_nlink == 1 for path in files), "a link has the backup's group"
        assert all(modes[path] == 0o660 for path in files), modes
        fleet.run("check", "--deep", code=None)
        fleet.get("long")
